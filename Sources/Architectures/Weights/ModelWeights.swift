import FileFormats
import Foundation
import Kernels

/// The stored weights of a model, one tensor at a time, whatever file they lie in.
///
/// Rows of query and key matrices come in the order of Hugging Face (the halves of a head are rotated against each
/// other), whatever order the file has. What has been read of a mapped file is given back, so that models larger than the
/// memory can be read.
public protocol ModelWeights: Sendable {
  var architecture: Architecture { get }
  /// The file or folder.
  var url: URL { get }

  /// Lends a tensor as it is stored.
  /// - Throws: for tensors that are not there.
  func withStored<Result>(_ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result) throws -> Result

  /// SHA-256 of all weights as they are stored, in hexadecimal.
  func weightsFingerprint() throws -> String
}

extension ModelWeights {
  public func weightsFingerprint() throws -> String {
    var fingerprint = WeightsFingerprint()
    for parameter in architecture.parameters.sorted(by: { $0.name < $1.name }) {
      try withStored(parameter) { stored in
        fingerprint.add("\(parameter.name) \(stored.encoding) \(stored.scale)")
        fingerprint.add(stored.bytes)
      }
    }
    return fingerprint.hexadecimal
  }
}

/// A tensor as it lies in a file.
public struct StoredTensor {
  package enum Encoding: Equatable, Sendable {
    case floats(StoredFloatFormat)
    /// Real numbers in blocks that are read and never written.
    case blocks(BlockFormat)
    /// Codes and a scale, in one of the layouts of GGUF.
    case ternary(PackedTernaryFormat, I2SLayout)
    /// Codes of four rows to a byte, as transformers packs them; the scale is that of the tensor.
    case packedHuggingFace
  }

  package let encoding: Encoding
  /// Row-major; of the matrix, not of the bytes it is packed in.
  public let shape: [Int]
  package let bytes: UnsafeRawBufferPointer
  /// Multiplies what is stored.
  package let scale: Float
  /// Whether real numbers of at most three values −a, 0, +a are codes and not masters.
  package let mayBeWidenedCodes: Bool
  /// For messages: the tensor's name and its file.
  let place: String
  /// Takes ranges of `bytes` that are no longer needed, for a tensor of which there cannot be two in memory.
  package let giveBack: (Range<Int>) -> Void

  package init(
    _ encoding: Encoding, shape: [Int], bytes: UnsafeRawBufferPointer, scale: Float = 1,
    mayBeWidenedCodes: Bool = false, place: String, giveBack: @escaping (Range<Int>) -> Void = { _ in }
  ) {
    self.encoding = encoding
    self.shape = shape
    self.bytes = bytes
    self.scale = scale
    self.mayBeWidenedCodes = mayBeWidenedCodes
    self.place = place
    self.giveBack = giveBack
  }

  package var rows: Int { shape.dropLast().reduce(1, *) }
  package var columns: Int { shape.last ?? 1 }
  package var elementCount: Int { shape.reduce(1, *) }

  /// Whether there are codes and no masters.
  package var isTernary: Bool {
    switch encoding {
    case .floats, .blocks: false
    case .ternary, .packedHuggingFace: true
    }
  }

  package func error(_ reason: String) -> StoredTensorError { StoredTensorError(place: place, reason: reason) }
}

/// A tensor whose numbers cannot be used.
public struct StoredTensorError: Error, Equatable, Sendable, CustomStringConvertible {
  public let place: String
  public let reason: String

  public var description: String { "\(place): \(reason). Copy the file again from where it was made." }
}
