import Architectures
import Autograd
import FileFormats
import Foundation
import Kernels
import Models

/// A reference written by Fixtures/make_training_fixture.py with PyTorch.
struct TrainingFixture {
  let file: SafetensorsFile
  let configuration: Architecture
  let tokens: [Int32]
  let targets: [Int32]
  let length = 20

  init(activation: Activation) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    file = try SafetensorsFile(folder.appendingPathComponent("training_\(activation.rawValue).safetensors"))
    configuration = Architecture(
      vocabularySize: 61, hiddenSize: 32, hiddenLayerCount: 2, attentionHeadCount: 4, keyValueHeadCount: 2,
      intermediateSize: 48, hiddenActivation: activation, maximumPositionEmbeddings: length)
    tokens = try Self.integers("tokens", in: file)
    targets = try Self.integers("targets", in: file)
  }

  /// A model with the fixture's initial weights.
  func model() throws -> Decoder {
    let model = Decoder(configuration, seed: 0)
    for (name, parameter) in model.namedParameters {
      parameter.replaceValue(Tensor(try file.floats(of: "weight." + name), shape: parameter.shape))
    }
    return model
  }

  private static func integers(_ name: String, in file: SafetensorsFile) throws -> [Int32] {
    let bytes = try file.bytes(of: name)
    return (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self) }
  }
}
