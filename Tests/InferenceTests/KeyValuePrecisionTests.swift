import Architectures
import Inference
import Kernels
import Testing

/// A cache of float16 numbers rounds once, wherever a token comes from.
@Suite struct KeyValuePrecisionTests {
  @Test(arguments: [RandomModels.configurations[0], RandomModels.configurations[1], RandomModels.configurations[5]])
  func decodingEqualsPrefill(_ configuration: Architecture) throws {
    let model = try RandomModel(configuration).runtime
    let tokens = RandomModels.tokens(150, vocabulary: configuration.vocabularySize)
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        let session = InferenceSession(model, cache: .float16)
        let stepwise = try tokens.flatMap { try session.decode($0).map(\.bitPattern) }
        for cut in [1, 63, 64, 65, 149] {
          let parts = InferenceSession(model, cache: .float16)
          let first = try parts.prefillAllPositions(Array(tokens[..<cut])).map(\.bitPattern)
          let rest = try parts.prefillAllPositions(Array(tokens[cut...])).map(\.bitPattern)
          let areSame = first + rest == stepwise
          #expect(areSame, "\(path), cut at \(cut)")
        }
      }
    }
  }

  @Test func roundsALittle() throws {
    let model = try RandomModel(RandomModels.configurations[0]).runtime
    let tokens = RandomModels.tokens(100, vocabulary: model.vocabularySize)
    let exact = try InferenceSession(model).prefillAllPositions(tokens)
    let rounded = try InferenceSession(model, cache: .float16).prefillAllPositions(tokens)
    let squares = zip(exact, rounded).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let deviation = (squares / Float(exact.count)).squareRoot()
    let spread = (exact.reduce(0) { $0 + $1 * $1 } / Float(exact.count)).squareRoot()
    #expect(deviation > 0 && deviation < 0.1 * spread, "\(deviation) of \(spread)")
  }

  @Test(arguments: [1, 2, 3])
  func threadsDoNotChangeBits(threads: Int) throws {
    let model = try RandomModel(RandomModels.configurations[1]).runtime
    let tokens = RandomModels.tokens(130, vocabulary: model.vocabularySize)
    let serial = try ThreadPool.$current.withValue(.serial) {
      try InferenceSession(model, cache: .float16).prefillAllPositions(tokens).map(\.bitPattern)
    }
    let parallel = try ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
      try InferenceSession(model, cache: .float16).prefillAllPositions(tokens).map(\.bitPattern)
    }
    let areSame = serial == parallel
    #expect(areSame)
  }
}
