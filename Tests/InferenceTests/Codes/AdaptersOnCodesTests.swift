import Architectures
import Autograd
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Models
import Testing
import TestSupport
import Tokenization

/// Adapters on a model that is codes and no masters, from a GGUF file and from packed safetensors: everything is as on the
/// masters that the codes were made from.
@Suite struct AdaptersOnCodesTests {
  private static let tokens = RandomModels.tokens(48, vocabulary: 261)
  private static let targets = RandomModels.tokens(48, vocabulary: 261, seed: 5)

  /// Rows of whole blocks of 128, and a class that GGUF has a name for.
  private static let architecture = RandomModels.configuration(
    heads: 4, keyValueHeads: 2, headDimension: 32, vocabulary: 261, intermediate: 256, activation: .silu)

  /// The same model three times.
  private struct Bases {
    let directory: TemporaryDirectory
    let masters: any ModelWeights
    let gguf: any ModelWeights
    let packed: any ModelWeights

    init() throws {
      directory = try TemporaryDirectory()
      let folder = directory.url.appending(path: "masters")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      var random = RandomStream(seed: 4, purpose: .initialization)
      try TestFolder.write(architecture, .bfloat16, to: folder) { parameter in
        (0..<parameter.elementCount).map { _ in
          parameter.isNorm ? 0.5 + random.nextUniform() : random.nextUniform() - 0.5
        }
      }
      masters = try ModelFolder(folder)
      let file = directory.url.appending(path: "codes.gguf")
      try GGUFExport(
        source: masters, type: .i2_s, headType: .bfloat16,
        tokenizerMetadata: ByteTokenizer().ggufMetadata(vocabularySize: architecture.vocabularySize)
      ).write(to: file)
      gguf = try GGUFModel(file)
      let saved = directory.url.appending(path: "packed")
      try Decoder(gguf, training: .adapters).save(
        to: saved, files: ["config.json": architecture.huggingFaceJSON(isPacked: true)])
      packed = try ModelFolder(saved)
    }

    var codesAlone: [(name: String, weights: any ModelWeights)] { [("GGUF", gguf), ("packed", packed)] }
  }

  /// - Returns: the model with adapters that change something.
  private static func adapted(_ weights: any ModelWeights) throws -> Decoder {
    let model = try Decoder(weights, training: .adapters)
    model.addAdapters(LoRAConfiguration(rank: 4, placement: .beside), seed: 1)
    for (index, (name, parameter)) in model.adapterParameters.enumerated() where name.hasSuffix("lora_B.weight") {
      var random = RandomStream(seed: 9, purpose: .initialization, substream: UInt64(index))
      let values = (0..<parameter.shape.count).map { _ in (random.nextUniform() - 0.5) * 0.1 }
      parameter.replaceValue(Tensor(values, shape: parameter.shape))
    }
    return model
  }

  private static func logits(_ model: Decoder) -> [UInt32] {
    withoutGradients { model.logits(tokens: tokens, length: 24).scalars.map(\.bitPattern) }
  }

  private static func gradients(_ model: Decoder) -> [String: [UInt32]] {
    BackwardPrecision.$current.withValue(.float32) {
      model.tokenLosses(tokens: tokens, targets: targets, length: 24).sum().backward()
    }
    return model.namedParameters.reduce(into: [:]) { $0[$1.name] = $1.parameter.gradient?.scalars.map(\.bitPattern) }
  }

  @Test func logitsAreThoseOfTheMasters() throws {
    let bases = try Bases()
    let plain = Self.logits(try Decoder(bases.masters))
    let expected = Self.logits(try Self.adapted(bases.masters))
    #expect(plain != expected)
    for (name, weights) in bases.codesAlone {
      let isSame = Self.logits(try Decoder(weights, training: .adapters)) == plain
      #expect(isSame, "\(name) without adapters")
      let isSameAdapted = Self.logits(try Self.adapted(weights)) == expected
      #expect(isSameAdapted, "\(name) with adapters")
    }
  }

  /// The head is a frozen table on codes, whose gradient sums in another order than that of a matrix.
  @Test func gradientsAreThoseOfTheMasters() throws {
    let bases = try Bases()
    let expected = Self.gradients(try Self.adapted(bases.masters))
    #expect(expected.count == 2 * 2 * 7)
    for (name, weights) in bases.codesAlone {
      let found = Self.gradients(try Self.adapted(weights))
      #expect(Set(found.keys) == Set(expected.keys), "\(name)")
      for (parameter, bits) in found {
        let (mine, theirs) = (
          bits.map(Float.init(bitPattern:)), expected[parameter]?.map(Float.init(bitPattern:)) ?? []
        )
        let largest = theirs.map(abs).max() ?? 0
        let isNear = mine.count == theirs.count && zip(mine, theirs).allSatisfy { abs($0 - $1) <= 1e-4 * largest }
        #expect(isNear && largest > 0, "\(name): \(parameter)")
      }
    }
  }

  /// From the adapter's folder, beside each of the bases, in the runtime.
  @Test func theRuntimeComputesTheSame() throws {
    let bases = try Bases()
    let trained = try Self.adapted(bases.masters)
    let folder = bases.directory.url.appending(path: "adapter")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let configuration = LoRAConfiguration(rank: 4, placement: .beside)
    let origin = AdapterOrigin(
      placement: .beside, baseFingerprint: try bases.masters.layersFingerprint(),
      vocabularySize: Self.architecture.vocabularySize)
    for (name, contents) in try LoRAAdapter.files(configuration, baseModel: "masters", origin: origin) {
      try contents.write(to: folder.appending(path: name))
    }
    try SafetensorsWriter.write(
      trained.adapterParameters.map { name, parameter in
        .init(name: LoRAAdapter.key(ofFactor: name), shape: parameter.shape.array, floats: parameter.value.scalars)
      }, to: folder.appending(path: LoRAAdapter.weightsFileName))
    let adapter = try LoRAAdapter(folder)
    let tokens = Array(Self.tokens.prefix(24))
    let expected = withoutGradients { trained.logits(tokens: tokens, length: 24).scalars.map(\.bitPattern) }
    for (name, weights) in [("masters", bases.masters)] + bases.codesAlone {
      #expect(try adapter.belongs(to: weights), "\(name)")
      let session = InferenceSession(try RuntimeModel(weights, adapter: adapter))
      let isSame = try session.prefillAllPositions(tokens).map(\.bitPattern) == expected
      #expect(isSame, "\(name)")
    }
  }

  @Test func mastersAreNotMadeUp() throws {
    let bases = try Bases()
    for (_, weights) in bases.codesAlone {
      #expect(throws: DecoderError.self) { try Decoder(weights) }
      let model = try Self.adapted(weights)
      #expect(model.holdsCodes)
      #expect(model.namedParameters.allSatisfy { !$0.name.hasSuffix("_proj.weight") })
    }
  }
}
