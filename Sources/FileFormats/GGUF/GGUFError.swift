/// Why a GGUF file was refused, or why something in it could not be used.
public struct GGUFError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Problem: Equatable, Sendable {
    case notGGUF
    case unsupportedVersion(UInt32)
    /// More bytes announced than are left.
    case cutOff(what: String, offset: Int, needed: UInt64, fileBytes: Int)
    case tooMany(what: String, count: Int64, limit: Int)
    case invalidKey(offset: Int, String)
    case duplicateKey(String)
    case invalidValue(key: String, String)
    case invalidAlignment(String)
    case invalidTensor(name: String, String)
    case duplicateTensor(String)
    /// A tensor type that is not read here.
    case unsupportedType(tensor: String, id: UInt32, name: String?)
    case wrongOffset(tensor: String, found: UInt64, expected: Int)
    case noSuchTensor(String)
    case missingKey(String)
    case wrongKeyType(key: String, expected: String, found: String)
  }

  public let path: String
  public let problem: Problem

  package init(path: String, problem: Problem) {
    self.path = path
    self.problem = problem
  }

  public var description: String { "\(path): \(explanation)" }

  private var explanation: String {
    switch problem {
    case .notGGUF:
      "not a GGUF file: it does not start with \"GGUF\". Check that this is the right file."
    case .unsupportedVersion(let version) where version != 0 && version & 0xFFFF == 0:
      "a big-endian GGUF file. Export it on, or for, a little-endian machine."
    case .unsupportedVersion(let version):
      "GGUF version \(version); this program reads 2 and 3. Convert the file with its own program."
    case .cutOff(let what, let offset, let needed, let fileBytes):
      "\(what) at byte \(offset) needs \(needed) bytes, the file has \(fileBytes). It is cut off; fetch it again."
    case .tooMany(let what, let count, let limit):
      "announces \(count) \(what), expected 0 to \(limit). The file is broken; fetch it again."
    case .invalidKey(let offset, let reason):
      "metadata key at byte \(offset): \(reason.printable(limit: 400)). Export the file again."
    case .duplicateKey(let key):
      "metadata key \"\(key.printable())\" occurs twice. Export the file again."
    case .invalidValue(let key, let reason):
      "metadata key \"\(key.printable())\": \(reason.printable(limit: 400)). Export the file again."
    case .invalidAlignment(let found):
      "general.alignment is \(found), expected a u32 power of two from 8 to 65536. Export the file again."
    case .invalidTensor(let name, let reason):
      "tensor \"\(name.printable())\": \(reason.printable(limit: 400)). Export the file again."
    case .duplicateTensor(let name):
      "tensor \"\(name.printable())\" occurs twice. Export the file again."
    case .unsupportedType(let tensor, let id, let name):
      "tensor \"\(tensor.printable())\" has the type \(name.map { "\($0), id \(id)" } ?? "id \(id)"), which is not read here. "
        + "Supported: \(GGUFTensorType.allCases.map(\.name).joined(separator: ", "))."
    case .wrongOffset(let tensor, let found, let expected):
      "tensor \"\(tensor.printable())\" starts at data byte \(found), expected \(expected): tensors follow each other without "
        + "gaps or overlap. Export the file again."
    case .noSuchTensor(let name):
      "there is no tensor \"\(name.printable())\"."
    case .missingKey(let key):
      "the metadata key \"\(key.printable())\" is missing. Export the file again with a program that writes it."
    case .wrongKeyType(let key, let expected, let found):
      "the metadata key \"\(key.printable())\" has the type \(found), expected \(expected). Export the file again."
    }
  }
}
