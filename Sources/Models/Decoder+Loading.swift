import Architectures
import Autograd
import Foundation
import Kernels
import Layers

extension Decoder {
  /// What of a model is going to be trained.
  public enum Trained: Sendable {
    /// All of it: every matrix needs masters.
    case everything
    /// Adapters on it: matrices that are stored as codes stay codes, and the tables of such a model stay as stored.
    case adapters
  }

  /// The model of a checkpoint or Hugging Face folder.
  /// - Throws: `FileError`, `ArchitectureError`, `SafetensorsError`, `ModelFolderError`.
  public convenience init(folder url: URL) throws {
    try self.init(ModelFolder(url))
  }

  /// A stored model. bfloat16 stays bfloat16; other formats, which training does not know, are widened to float32.
  /// - Parameter numerics: of the linear layers, in place of what the model says: numbers become masters of codes, or masters
  ///   numbers.
  /// - Throws: `DecoderError.codesAlone` when masters are wanted of a matrix that has none; what reading throws.
  public convenience init(
    _ weights: any ModelWeights, training trained: Trained = .everything, numerics: BitLinearConfiguration? = nil
  ) throws {
    let architecture = weights.architecture.quantizing(as: numerics)
    let keepsTables = try trained == .adapters && weights.holdsCodes
    try self.init(architecture) { parameter in
      try weights.withStored(parameter) { stored in
        if parameter.isTable, keepsTables, case .floats(let format) = stored.encoding, stored.scale == 1 {
          return .table(
            FrozenTable(StoredMatrix(stored.bytes, format: format, rows: stored.rows, columns: stored.columns)))
        }
        guard stored.isTernary else { return .masters(try Parameter(stored, role: parameter.parameterRole)) }
        guard trained == .adapters else {
          throw DecoderError.codesAlone(path: weights.url.path, tensor: parameter.name)
        }
        return .codes(try QuantizedWeight(stored))
      }
    }
    // What lay beside the weights while they were read.
    BufferPool.current.trim()
  }
}

extension ModelWeights {
  /// Whether some matrix is stored as codes alone.
  package var holdsCodes: Bool {
    get throws {
      try architecture.parameters.contains { try $0.projection != nil && holdsCodesAlone($0) }
    }
  }
}

extension QuantizedWeight {
  /// The codes of a tensor that is stored so, packed where their width allows.
  package init(_ stored: StoredTensor) throws {
    let codes = try stored.codes()
    self = PackedMatrix.holds(columns: codes.columns) ? Self(try PackedMatrix(codes)) : Self(TernaryMatrix(codes))
  }
}

extension ModelParameter {
  var parameterRole: Parameter.Role {
    isNorm ? .norm : isVector ? .bias : isTable ? .embedding : .matrix
  }
}

extension Parameter {
  fileprivate convenience init(_ stored: StoredTensor, role: Role) throws {
    let shape = Shape(stored.shape)
    if stored.encoding == .floats(.bfloat16), stored.scale == 1 {
      let value = Tensor(uninitialized: shape, dataType: .bfloat16)
      UnsafeMutableRawBufferPointer(start: value.bfloats, count: stored.bytes.count).copyMemory(from: stored.bytes)
      self.init(adopting: value, role: role)
    } else {
      let value = Tensor(uninitialized: shape)
      let destination = UnsafeMutableBufferPointer(start: value.floats, count: shape.count)
      try stored.readRows(0..<stored.rows, into: destination)
      self.init(adopting: value, role: role)
    }
  }
}

/// Why a stored model cannot be trained as asked.
public enum DecoderError: Error, Equatable, Sendable, CustomStringConvertible {
  case codesAlone(path: String, tensor: String)

  public var description: String {
    switch self {
    case .codesAlone(let path, let tensor):
      "\(path): \(tensor) is stored as ternary codes, without the full-precision masters that training changes. Train "
        + "adapters on it (lora), or start from the unpacked model."
    }
  }
}
