/// Why a llama2.c file was refused, or why something in it could not be used.
public struct Llama2CError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Problem: Error, Equatable, Sendable {
    case tooShort(fileBytes: Int)
    /// Of a file that says its version; version 0 says none.
    case unsupportedVersion(Int32)
    case invalidField(name: String, String)
    /// The fields describe another file, or one larger than any (nil).
    case wrongSize(expected: Int?, found: Int)
    case noSuchTensor(String)
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
    case .tooShort(let fileBytes):
      "\(fileBytes) bytes are too few for a llama2.c file, whose header has \(Llama2CConfiguration.byteCount). "
        + "Check that this is the right file."
    case .unsupportedVersion(let version):
      "a llama2.c file of version \(version); this program reads version 0. Export it again with --version 0."
    case .invalidField(let name, let value):
      "\(name) in the llama2.c header is \(value). Check that this is the right file."
    case .wrongSize(let expected, let found):
      "the llama2.c header describes a file of \(expected.map { "\($0) bytes" } ?? "more bytes than any has"), this "
        + "one has \(found). It is cut off or of another format; fetch or export it again as version 0."
    case .noSuchTensor(let name):
      "there is no tensor \"\(name)\"."
    }
  }
}
