/// Why a safetensors file was refused, or why a tensor of it could not be read.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Problem: Equatable, Sendable {
    /// Fewer than the 8 bytes of the header length.
    case tooShort(byteCount: Int)
    case headerTooLong(byteCount: UInt64, limit: Int)
    case headerPastEnd(byteCount: UInt64, fileBytes: Int)
    /// Broken JSON, broken UTF-8, a key that occurs twice.
    case invalidHeader(String)
    case invalidTensor(name: String, String)
    /// Tensor data that does not start where the tensor before it ended.
    case overlap(name: String, begin: Int, expected: Int)
    case hole(name: String, begin: Int, expected: Int)
    /// More or fewer bytes than the tensors need.
    case wrongDataLength(expected: Int, found: Int)
    case noSuchTensor(name: String)
    case unsupportedConversion(name: String, dataType: SafetensorsDataType, target: String)
  }

  public let path: String
  public let problem: Problem

  package init(path: String, problem: Problem) {
    self.path = path
    self.problem = problem
  }

  public var description: String {
    switch problem {
    case .tooShort(let count):
      "\(path): \(count) bytes are too few for a safetensors file (at least 8). Fetch or export it again."
    case .headerTooLong(let count, let limit):
      "\(path): not a safetensors file: its first 8 bytes announce a header of \(count) bytes, the format allows "
        + "\(limit). Check that this is the right file."
    case .headerPastEnd(let count, let fileBytes):
      "\(path): the header of \(count) bytes ends beyond the file of \(fileBytes) bytes. "
        + "The file is cut off or of another format; fetch it again."
    case .invalidHeader(let reason):
      "\(path): broken safetensors header, \(reason.printable(limit: 400)). Export the file again."
    case .invalidTensor(let name, let reason):
      "\(path): tensor \"\(name.printable())\": \(reason.printable(limit: 400)). Export the file again."
    case .overlap(let name, let begin, let expected):
      "\(path): tensor \"\(name.printable())\" starts at data byte \(begin), inside the tensor before it, which ends at "
        + "\(expected). Export the file again."
    case .hole(let name, let begin, let expected):
      "\(path): tensor \"\(name.printable())\" starts at data byte \(begin), but the one before it ends at \(expected); "
        + "the format allows no holes. Export the file again."
    case .wrongDataLength(let expected, let found) where found < expected:
      "\(path): cut off: the tensors need \(expected) data bytes, the file has \(found). Fetch it again."
    case .wrongDataLength(let expected, let found):
      "\(path): \(found - expected) bytes follow the last tensor (expected \(expected) data bytes, found \(found)). "
        + "Export the file again."
    case .noSuchTensor(let name):
      "\(path): there is no tensor \"\(name.printable())\"."
    case .unsupportedConversion(let name, let dataType, let target):
      "\(path): tensor \"\(name.printable())\" is \(dataType.rawValue) and cannot be read as \(target)."
    }
  }
}
