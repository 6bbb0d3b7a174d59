import Architectures
import Autograd
import FileFormats
import Foundation
import Inference
import Models
import TestSupport
import Testing

/// Small random models of every class, made by transformers: the logits are those that it computes, and the runtime has
/// the bits of the trainable model.
@Suite struct ReferenceModelTests {
  /// A folder of models, where somebody has made them before; else they are made anew.
  private static let made = ProcessInfo.processInfo.environment["BITNET_REFERENCE_MODELS"]

  @Test(.enabled(if: made != nil || (Python.has("transformers") && Python.has("accelerate"))))
  func logitsAreThoseOfTransformers() throws {
    let directory = try TemporaryDirectory()
    let root = Self.made.map { URL(filePath: $0) } ?? directory.url
    if Self.made == nil { _ = try Python.run(file: "scripts/make-reference-models.py", [root.path], in: directory.url) }
    let folders = try FileSystem.contents(of: root).filter { FileSystem.isDirectory($0) }
    #expect(folders.count >= 20, "\(folders.count) models in \(root.path)")
    var (quantized, close) = (0, 0)
    for folder in folders.sorted(by: { $0.path < $1.path }) {
      let result = try ReferenceModel(folder).compare()
      print(
        "\(folder.lastPathComponent): logits differ by up to \(result.difference), of \(result.closeTokens) tokens by "
          + "less than 1e-4")
      #expect(result.difference < (result.isQuantized ? 0.1 : 1e-4), "\(folder.lastPathComponent): \(result)")
      if result.isQuantized {
        quantized += 1
        if result.closeTokens == result.tokens { close += 1 }
      }
      #expect(result.runtimeEqualsTraining, "\(folder.lastPathComponent)")
    }
    // One activation on a rounding boundary moves the logits of a quantised model, from that token on, by more than all
    // other rounding together. That is rare.
    #expect(close * 4 >= quantized * 3, "\(close) of \(quantized) quantised models have the logits of transformers")
  }
}

/// A model folder with tokens and the logits that transformers computes of them.
private struct ReferenceModel {
  let model: ModelFolder
  let tokens: [Int32]
  let logits: [Float]

  struct Result {
    let difference: Float
    /// Tokens whose logits differ by less than 1e-4.
    let closeTokens: Int
    let tokens: Int
    let isQuantized: Bool
    let runtimeEqualsTraining: Bool
  }

  init(_ folder: URL) throws {
    model = try ModelFolder(folder)
    let reference = try SafetensorsFile(folder.appending(path: "reference.safetensors"))
    logits = try reference.floats(of: "logits")
    tokens = try reference.bytes(of: "tokens").withMemoryRebound(to: Int32.self) { Array($0) }
  }

  func compare() throws -> Result {
    let runtime = try InferenceSession(RuntimeModel(model)).prefillAllPositions(tokens)
    let decoder = try Decoder(model, training: .adapters)
    let trained = withoutGradients { decoder.logits(tokens: tokens, length: tokens.count).scalars }
    let isQuantized = model.architecture.bitLinear.weightQuantization != .none
    guard runtime.count == logits.count else {
      return Result(
        difference: .infinity, closeTokens: 0, tokens: tokens.count, isQuantized: isQuantized,
        runtimeEqualsTraining: false)
    }
    let vocabularySize = model.architecture.vocabularySize
    let differences = tokens.indices.map { token in
      (token * vocabularySize..<(token + 1) * vocabularySize).reduce(Float(0)) {
        max($0, abs(runtime[$1] - logits[$1]))
      }
    }
    let (difference, closeTokens) = (differences.max() ?? 0, differences.count { $0 < 1e-4 })
    return Result(
      difference: difference, closeTokens: closeTokens, tokens: tokens.count, isQuantized: isQuantized,
      runtimeEqualsTraining: runtime.map(\.bitPattern) == trained.map(\.bitPattern))
  }
}
