import Architectures
import FileFormats
import Foundation
import Kernels

/// What `bitnet inspect` found; its JSON is the output of `--json`.
package struct ModelInspection: Encodable {
  package struct Tensor: Encodable {
    package let name: String
    package let shape: [Int]
    /// As the file spells it: BF16, F32 …
    package let type: String
    /// What the tensor does in the model; nil when that is not known.
    package var kind: String?
    /// How often each code occurs and the scale, for matrices that are quantised in the forward pass.
    package var minus: Int?
    package var zero: Int?
    package var plus: Int?
    package var gamma: Float?
    /// Elements that are NaN or infinite; nil when there are none.
    package var nonFinite: Int?

    package var elementCount: Int { shape.reduce(1, *) }
  }

  package let path: String
  package let architecture: String
  /// Elements of all tensors.
  package let parameters: Int
  package let model: Architecture?
  package let tensors: [Tensor]
  /// The keys and values of a GGUF file.
  package var metadata: GGUFMetadata?

  private enum CodingKeys: String, CodingKey {
    case path, architecture, parameters, configuration, tensors, metadata
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(architecture, forKey: .architecture)
    try container.encode(parameters, forKey: .parameters)
    try container.encodeIfPresent(model?.huggingFaceObject(), forKey: .configuration)
    try container.encode(tensors, forKey: .tensors)
    try container.encodeIfPresent(metadata?.jsonObject, forKey: .metadata)
  }

  init(
    path: String, architecture: String, parameters: Int, model: Architecture?, tensors: [Tensor],
    metadata: GGUFMetadata?
  ) {
    self.path = path
    self.architecture = architecture
    self.parameters = parameters
    self.model = model
    self.tensors = tensors
    self.metadata = metadata
  }

  package init(folder: ModelFolder) throws {
    let model = folder.architecture
    path = folder.url.path
    architecture = model.writtenClass.rawValue
    self.model = model
    tensors = try model.parameters.map { parameter in
      let stored = try folder.tensor(parameter)
      var tensor = Tensor(name: parameter.name, shape: stored.shape, type: stored.dataType.rawValue)
      tensor.kind = parameter.kind
      if try folder.holdsCodesAlone(parameter) {
        tensor.count(try folder.codes(of: parameter))
      } else {
        tensor.examine(try folder.floats(of: parameter), quantization: model.numerics(of: parameter))
      }
      return tensor
    }
    parameters = model.parameterCount
  }

  /// A model in float32.
  package init(model: StoredModel, architecture: String) throws {
    path = model.url.path
    self.architecture = architecture
    self.model = model.architecture
    tensors = try model.architecture.parameters.map { parameter in
      var tensor = Tensor(name: parameter.name, shape: parameter.shape, type: "F32")
      tensor.kind = parameter.kind
      tensor.examine(try model.weights.floats(of: parameter), quantization: nil)
      return tensor
    }
    parameters = model.architecture.parameterCount
  }

  /// A file alone does not tell which of its tensors are quantised.
  package init(file: SafetensorsFile) throws {
    path = file.url.path
    architecture = "unknown"
    model = nil
    tensors = try file.tensors.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
      .map { name, stored in
        var tensor = Tensor(name: name, shape: stored.shape, type: stored.dataType.rawValue)
        if [.bfloat16, .float16, .float32].contains(stored.dataType) {
          tensor.examine(try file.floats(of: name), quantization: nil)
        }
        return tensor
      }
    parameters = tensors.reduce(0) { $0 + $1.elementCount }
  }
}

extension ModelInspection.Tensor {
  /// Counts what cannot be computed with, and the codes if the matrix is quantised.
  fileprivate mutating func examine(_ values: [Float], quantization: BitLinearConfiguration?) {
    let broken = values.count { !$0.isFinite }
    nonFinite = broken > 0 ? broken : nil
    // A single NaN would make every code meaningless.
    guard let quantization, broken == 0 else { return }
    let matrix = values.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.map {
        TernaryMatrix(quantizing: $0, rows: shape[0], columns: shape[1], configuration: quantization)
      }
    }
    guard let matrix else { return }
    let census = matrix.census()
    (minus, zero, plus, gamma) = (census.minus, census.zero, census.plus, matrix.gamma)
  }
}
