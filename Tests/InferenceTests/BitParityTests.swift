import Architectures
import Autograd
import Inference
import Kernels
import TestSupport
import Testing

/// Training, prefill and decoding compute the same bits.
@Suite struct BitParityTests {
  /// Around the blocks of 64 keys, the tiles of 16 queries and the parts of 256 rows.
  private static let lengths = [1, 2, 17, 63, 64, 65, 130]

  @Test(arguments: RandomModels.configurations, [DataType.bfloat16, .float32])
  func prefillEqualsTraining(_ configuration: Architecture, _ format: DataType) throws {
    let model = try RandomModel(configuration, storedAs: format)
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        for length in Self.lengths + [300] {
          let tokens = RandomModels.tokens(length, vocabulary: configuration.vocabularySize)
          let expected = model.trainedLogits(tokens)
          #expect(spread(expected) > 0.1)
          let all = try InferenceSession(model.runtime).prefillAllPositions(tokens)
          expectSameBits(all, expected, "\(length) tokens, \(path)")
          let last = try InferenceSession(model.runtime).prefill(tokens)
          expectSameBits(last, expected.suffix(configuration.vocabularySize), "\(length) tokens, \(path)")
        }
      }
    }
  }

  @Test(arguments: RandomModels.configurations)
  func decodingEqualsPrefill(_ configuration: Architecture) throws {
    let model = try RandomModel(configuration).runtime
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        let tokens = RandomModels.tokens(Self.lengths.max() ?? 1, vocabulary: configuration.vocabularySize)
        let session = InferenceSession(model)
        let stepwise = try tokens.flatMap { try session.decode($0) }
        for length in Self.lengths {
          let batched = try InferenceSession(model).prefillAllPositions(Array(tokens.prefix(length)))
          expectSameBits(batched, stepwise.prefix(batched.count), "\(length) tokens, \(path)")
        }
      }
    }
  }

  @Test(arguments: [1, 15, 16, 63, 64, 65, 129])
  func promptMayComeInParts(_ cut: Int) throws {
    let model = try RandomModel(RandomModels.configurations[1]).runtime
    let tokens = RandomModels.tokens(130, vocabulary: model.vocabularySize)
    let session = InferenceSession(model)
    _ = try session.prefill(Array(tokens[..<cut]))
    let parts = try session.prefill(Array(tokens[cut...]))
    expectSameBits(parts, try InferenceSession(model).prefill(tokens), "cut at \(cut)")
  }

  @Test(arguments: RandomModels.configurations)
  func threadsDoNotChangeBits(_ configuration: Architecture) throws {
    let model = try RandomModel(configuration).runtime
    let tokens = RandomModels.tokens(130, vocabulary: configuration.vocabularySize)
    func logits(threads: Int) throws -> [Float] {
      try ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let session = InferenceSession(model)
        let prefilled = try session.prefillAllPositions(Array(tokens.dropLast(5)))
        return prefilled + (try tokens.suffix(5).flatMap { try session.decode($0) })
      }
    }
    let serial = try logits(threads: 1)
    expectSameBits(try logits(threads: 2), serial, "2 threads")
    expectSameBits(try logits(threads: 3), serial, "3 threads")
  }

  /// How codes are laid out for the rows that are expected changes no bit.
  @Test func expectedRowsDoNotChangeBits() throws {
    let directory = try TemporaryDirectory()
    var random = RandomStream(seed: 4, purpose: .initialization)
    try TestFolder.write(RandomModels.configurations[5], .bfloat16, to: directory.url) { parameter in
      (0..<parameter.elementCount).map { _ in random.nextUniform() - 0.4 }
    }
    let models = try [ExpectedRows.one, .several].map {
      try RuntimeModel(ModelFolder(directory.url), expecting: $0)
    }
    let tokens = RandomModels.tokens(60, vocabulary: models[0].vocabularySize)
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        let logits = try models.map { model in
          let session = InferenceSession(model)
          return try [1, 2, 9, 40].flatMap { try session.prefillAllPositions(Array(tokens.prefix($0))) }
        }
        expectSameBits(logits[1], logits[0], "\(path)")
      }
    }
  }

  @Test func loadedWeightsKeepTheirFormat() throws {
    let configuration = RandomModels.configurations[0]
    for format in [DataType.bfloat16, .float32] {
      let model = try RandomModel(configuration, storedAs: format)
      #expect(model.trained.parameters.allSatisfy { $0.value.dataType == format })
    }
  }

  private func expectSameBits(
    _ found: [Float], _ expected: some Sequence<Float>, _ what: String, at location: SourceLocation = #_sourceLocation
  ) {
    // Inside the macro the arrays themselves would be printed.
    let areSame = found.map(\.bitPattern) == expected.map(\.bitPattern)
    #expect(areSame, "\(what)", sourceLocation: location)
  }

  private func spread(_ values: [Float]) -> Float { (values.max() ?? 0) - (values.min() ?? 0) }
}
