import Architectures
import Export
import FileFormats
import Foundation
import Kernels
import TestSupport
import Testing

/// Folders that are written from folders.
@Suite struct HuggingFaceExportTests {
  private static let formats: [StoredFloatFormat] = [.float32, .float16, .bfloat16]

  @Test(arguments: FolderModels.all, formats)
  func foldersComeBackByteForByte(_ model: Architecture, _ format: StoredFloatFormat) throws {
    let place = try TemporaryDirectory()
    try FolderModels.write(model, format, to: place.url.appending(path: "a"))
    let outcome = try FolderExport(place.url.appending(path: "a"))(to: place.url.appending(path: "b"))
    for file in ["config.json", "model.safetensors"] {
      let (before, after) = (
        try Data(contentsOf: place.file(file, of: "a")), try Data(contentsOf: place.file(file, of: "b"))
      )
      #expect(before == after, "\(file)")
    }
    #expect(try ModelFolder(place.url.appending(path: "b")).architecture == model)
    let report = try #require(outcome.report)
    #expect(report.valuesRounded == 0 && report.parity.maximumLogitDifference == 0 && report.parity.tokens > 0)
    #expect(try place.entries == ["a", "b"])
  }

  /// Without biases: layers that have them want scales that are reciprocals, which those of random masters not always are.
  @Test(arguments: FolderModels.all.filter { $0.bitLinear.weightQuantization == .absmean && $0.biases.isEmpty })
  func mastersArePackedAsTheyAreQuantised(_ model: Architecture) throws {
    let place = try TemporaryDirectory()
    let (a, b, c) = (place.url.appending(path: "a"), place.url.appending(path: "b"), place.url.appending(path: "c"))
    let source = try FolderModels.write(model, .bfloat16, to: a)
    let outcome = try FolderExport(a)(.packed(others: nil), to: b)
    #expect(outcome.type == "packed" && outcome.headType == "bf16")
    let packed = try ModelFolder(b)
    for parameter in model.quantizedParameters {
      #expect(try packed.holdsCodesAlone(parameter))
      let isSame = try packed.codes(of: parameter) == source.codes(of: parameter)
      #expect(isSame, "\(parameter.name)")
    }
    // What has codes alone keeps them without being asked.
    try FolderExport(b)(to: c)
    #expect(
      try Data(contentsOf: place.file("model.safetensors", of: "b"))
        == Data(contentsOf: place.file("model.safetensors", of: "c")))
    #expect(try packed.architecture == ModelFolder(c).architecture)
  }

  @Test(arguments: [ScaleDataType.float16, .float32])
  func codesBecomeMastersOfTheSameCodes(_ scale: ScaleDataType) throws {
    let model = FolderModels.model(quantization: .absmean, scale: scale)
    let place = try TemporaryDirectory()
    let (a, b, c) = (place.url.appending(path: "a"), place.url.appending(path: "b"), place.url.appending(path: "c"))
    let source = try FolderModels.write(model, .bfloat16, to: a)
    try FolderExport(a)(.packed(others: .float16), to: b)
    try FolderExport(b)(.numbers(.float32), to: c)
    let masters = try ModelFolder(c)
    for parameter in model.quantizedParameters {
      #expect(try !masters.holdsCodesAlone(parameter))
      let isSame = try masters.codes(of: parameter) == source.codes(of: parameter)
      #expect(isSame, "\(parameter.name)")
    }
  }

  @Test func packedLayersWithBiasesHaveReciprocalScales() throws {
    let model = FolderModels.model(quantization: .absmean, subNorms: .none, biases: Set(Projection.attention))
    let parameter = try #require(model.quantizedParameters.first)
    #expect(try model.storedScale(of: parameter, 0.25) == 4)
    // Reciprocals are twice as far apart here as numbers are.
    let scales = (0..<2000).map { 2 - Float($0 + 1) * 0x1p-23 }
    let held = scales.filter { (try? model.storedScale(of: parameter, $0)).map { 1 / $0 } == $0 }
    #expect(!held.isEmpty && held.count < scales.count)
    for scale in Set(scales).subtracting(held).prefix(3) {
      #expect(throws: PackedScaleError.self) { try model.storedScale(of: parameter, scale) }
    }
    let json = String(decoding: try model.huggingFaceJSON(isPacked: true), as: UTF8.self)
    #expect(json.contains("\"linear_class\" : \"bitlinear\""))
  }

  @Test func roundedNumbersAreCounted() throws {
    let place = try TemporaryDirectory()
    let (a, b) = (place.url.appending(path: "a"), place.url.appending(path: "b"))
    try FolderModels.write(FolderModels.model(subNorms: .none), .float32, to: a)
    let report = try #require(try FolderExport(a)(.numbers(.bfloat16), to: b).report)
    #expect(report.valuesRounded > 100_000 && report.parity.maximumLogitDifference > 0)
    #expect(report.parity.maximumLogitDifference < 0.1)
    #expect(
      try ModelFolder(b).withStored(ModelFolder(b).architecture.parameters[0]) { $0.encoding } == .floats(.bfloat16))
  }

  @Test func oneTypeHoldsEveryNumber() throws {
    let model = FolderModels.model(subNorms: .none)
    let place = try TemporaryDirectory()
    let source = try FolderModels.write(model, .bfloat16, to: place.url.appending(path: "a"))
    func form(_ norm: Float) throws -> StoredFloatFormat {
      try HuggingFaceForm(.asStored, for: WideNorms(source: source, gain: norm)).format
    }
    #expect(try form(1.5) == .bfloat16)
    #expect(try form(1.001) == .float32)
  }

  @Test func anotherModelGetsNoName() throws {
    let place = try TemporaryDirectory()
    let (a, b) = (place.url.appending(path: "a"), place.url.appending(path: "b"))
    try FolderModels.write(FolderModels.model(quantization: .absmean, scale: .float32), .float32, to: a)
    let error = try #require(throws: HuggingFaceParityError.self) { try FolderExport(a)(.numbers(.bfloat16), to: b) }
    #expect("\(error)".contains("scales") && "\(error)".contains("--no-verify"), "\(error)")
    #expect(try place.entries == ["a"])
  }

  @Test func whatFoldersCannotSayIsRefusedByName() throws {
    let divisors = FolderModels.model(subNorms: .none, scaling: .divisors([Float](repeating: 2, count: 16)))
    let refused = try #require(throws: RotaryScalingError.self) {
      try HuggingFaceExport(source: RandomWeights(divisors, seed: 1), .asStored)
    }
    #expect("\(refused)".contains("by 16 numbers of its own (rope_freqs.weight)"), "\(refused)")
    #expect(throws: HuggingFaceExportError.notTernary(.none)) {
      try HuggingFaceExport(source: RandomWeights(FolderModels.model(), seed: 1), .packed(others: nil))
    }
    #expect(throws: HuggingFaceExportError.notTernary(.sign)) {
      try HuggingFaceExport(
        source: RandomWeights(FolderModels.model(quantization: .sign), seed: 1), .packed(others: nil))
    }
    let narrow = RandomModels.configuration(heads: 3, keyValueHeads: 1, headDimension: 6)
    #expect(throws: HuggingFaceExportError.rowCount(tensor: "model.layers.0.self_attn.q_proj.weight", rows: 18)) {
      try HuggingFaceExport(source: RandomWeights(narrow, seed: 1), .packed(others: nil))
    }
  }

  @Test func notesSayWhatTransformersComputes() throws {
    func note(_ model: Architecture) throws -> String {
      let place = try TemporaryDirectory()
      try FolderModels.write(model, .bfloat16, to: place.url.appending(path: "a"))
      return try FolderExport(place.url.appending(path: "a"))(to: place.url.appending(path: "b")).programs[1]
    }
    #expect(try note(FolderModels.model()) == "transformers: loads it")
    #expect(try note(FolderModels.model(quantization: .absmean, normalizesHeads: true)).contains("does not load it"))
    #expect(try note(FolderModels.model(quantization: .sign)).contains("with other logits"))
    #expect(try note(FolderModels.model(quantization: .absmean)).contains("does not round its scales"))
  }
}

extension TemporaryDirectory {
  fileprivate func file(_ name: String, of folder: String) -> URL { url.appending(path: folder).appending(path: name) }
}

/// The export of a folder, with proof.
struct FolderExport {
  let model: StoredModel

  init(_ url: URL) throws { model = try StoredModel(url) }

  @discardableResult
  func callAsFunction(
    _ request: HuggingFaceForm.Request = .asStored, to target: URL
  ) throws -> HuggingFaceOutcome {
    let tokens = RandomModels.tokens(41, vocabulary: model.architecture.vocabularySize)
    return try HuggingFaceExportRun(
      model: model, export: HuggingFaceExport(source: model.weights, request),
      companions: ModelCompanions(of: model), output: target,
      probe: [(inputs: Array(tokens.dropLast()), targets: Array(tokens.dropFirst()))])()
  }
}

/// A model whose norms are stored in float32, as in GGUF files.
private struct WideNorms: ModelWeights {
  let source: ModelFolder
  let gain: Float
  var architecture: Architecture { source.architecture }
  var url: URL { source.url }

  func withStored<Result>(_ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result) throws -> Result {
    guard parameter.isNorm else { return try source.withStored(parameter, body) }
    return try [Float](repeating: gain, count: parameter.elementCount).withUnsafeBytes {
      try body(StoredTensor(.floats(.float32), shape: parameter.shape, bytes: $0, place: parameter.name))
    }
  }
}
