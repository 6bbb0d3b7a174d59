import Architectures
import ArgumentParser
import Export
import FileFormats
import Foundation
import Kernels
import Tokenization

/// Makes what the other benchmarks run on; it writes nonsense, so it is not offered.
struct BenchMakeModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make-model", abstract: "Write a GGUF file of random weights of a given shape.",
    discussion: """
        bitnet bench make-model --output 2b.gguf
        bitnet bench make-model --hidden-size 768 --layers 12 --intermediate-size 2048 --heads 12 \\
          --key-value-heads 12 --vocabulary 32000 --output 125m.gguf
      """, shouldDisplay: false)

  @Option(help: "Width of the hidden states.")
  var hiddenSize = 2560
  @Option(help: "Transformer blocks.")
  var layers = 30
  @Option(help: "Width of the feed-forward layers.")
  var intermediateSize = 6912
  @Option(help: "Query heads.")
  var heads = 20
  @Option(help: "Key and value heads.")
  var keyValueHeads = 5
  @Option(help: "Tokens of the vocabulary, at least 256.")
  var vocabulary = 128_256
  @Option(help: ArgumentHelp("\(Self.activations)."))
  var hiddenAct = "relu2"
  @Option(help: "Type of the ternary matrices: i2_s, tq1_0 or tq2_0.")
  var type = "i2_s"
  @Option(help: "Type of the embedding: f16, bf16, q8_0 or f32.")
  var headType = "f16"
  @Option(help: "The same seed gives the same file.")
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  func run() throws {
    guard let activation = Activation(rawValue: hiddenAct) else {
      throw ValidationError("--hidden-act is \(hiddenAct), expected \(Self.activations)")
    }
    let model = Architecture(
      vocabularySize: vocabulary, hiddenSize: hiddenSize, hiddenLayerCount: layers, attentionHeadCount: heads,
      keyValueHeadCount: keyValueHeads, intermediateSize: intermediateSize, hiddenActivation: activation,
      ropeTheta: 500_000, maximumPositionEmbeddings: 4096)
    let problems = model.problems
    guard problems.isEmpty else { throw ValidationError(problems.joined(separator: "\n")) }
    let export = try GGUFExport(
      source: RandomWeights(model, seed: seed), type: Self.type(type), headType: Self.type(headType),
      tokenizerMetadata: ByteTokenizer().ggufMetadata(vocabularySize: vocabulary))
    try export.write(to: URL(fileURLWithPath: output))
  }

  private static let activations = "relu2 or silu"

  private static func type(_ name: String) throws -> GGUFTensorType {
    guard let type = GGUFTensorType.allCases.first(where: { $0.name.lowercased() == name && $0.blockFormat == nil })
    else {
      throw ValidationError("\(name) is no type of a tensor that is written here")
    }
    return type
  }
}
