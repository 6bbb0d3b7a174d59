import Foundation

/// What the file system refused, at which path, and what to try.
public enum FileError: Error, Equatable, Sendable, CustomStringConvertible {
  case notFound(path: String)
  case isDirectory(path: String)
  case notDirectory(path: String)
  /// Neither a file nor a directory: a pipe, a socket, a device.
  case notRegularFile(path: String)
  case empty(path: String)
  case alreadyExists(path: String)
  case permissionDenied(path: String, operation: String)
  case noSpace(path: String, neededBytes: Int?, freeBytes: Int?)
  case failed(path: String, operation: String, errorNumber: Int32)

  public var description: String {
    switch self {
    case .notFound(let path):
      "\(path): no such file or directory. Check the spelling and the current directory."
    case .isDirectory(let path):
      "\(path): is a directory, expected a file. Name a file inside it."
    case .notDirectory(let path):
      "\(path): is not a directory, but is used as one. Choose another path."
    case .notRegularFile(let path):
      "\(path): is neither a file nor a directory. Copy its contents to a file and name that."
    case .empty(let path):
      "\(path): is empty (0 bytes). Fetch or write it again."
    case .alreadyExists(let path):
      "\(path): exists already and is never overwritten. Remove it or choose another name."
    case .permissionDenied(let path, let operation):
      "\(path): no permission to \(operation). Check its owner and mode (ls -ld)."
    case .noSpace(let path, let needed, let free):
      "\(path): the disk is full\(Self.amounts(needed: needed, free: free)). "
        + "Free some space, keep fewer checkpoints or choose another output folder."
    case .failed(let path, let operation, let errorNumber):
      "\(path): could not \(operation): \(String(cString: strerror(errorNumber))) (errno \(errorNumber))."
    }
  }

  /// The error for a failed system call, from `errno`.
  package static func systemCall(
    _ operation: String, path: String, neededBytes: Int? = nil, errorNumber: Int32 = errno
  ) -> FileError {
    switch errorNumber {
    case ENOENT: .notFound(path: path)
    case EISDIR: .isDirectory(path: path)
    case ENOTDIR: .notDirectory(path: path)
    case EEXIST, ENOTEMPTY: .alreadyExists(path: path)
    case EACCES, EPERM, EROFS: .permissionDenied(path: path, operation: operation)
    case ENOSPC, EDQUOT:
      .noSpace(path: path, neededBytes: neededBytes, freeBytes: FileSystem.freeBytes(at: path))
    default: .failed(path: path, operation: operation, errorNumber: errorNumber)
    }
  }

  private static func amounts(needed: Int?, free: Int?) -> String {
    let parts = [needed.map { "\($0) bytes needed" }, free.map { "\($0) bytes free" }].compactMap { $0 }
    return parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
  }
}
