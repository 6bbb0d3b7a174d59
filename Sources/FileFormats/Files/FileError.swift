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
  /// A name with control characters, which terminals would obey.
  case unusableName(path: String)
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
    case .unusableName(let path):
      "\(path.printable(limit: 400)): holds control characters, expected a path that can be read and typed. Choose another."
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

  /// The same for somebody who has asked for `target` and knows nothing of the name under which it is written.
  package func naming(_ target: URL, insteadOf temporary: URL) -> FileError {
    func named(_ path: String) -> String {
      let rest = path.dropFirst(temporary.path.count)
      return path.hasPrefix(temporary.path) && (rest.isEmpty || rest.hasPrefix("/")) ? target.path + rest : path
    }
    return switch self {
    case .notFound(let path): .notFound(path: named(path))
    case .isDirectory(let path): .isDirectory(path: named(path))
    case .notDirectory(let path): .notDirectory(path: named(path))
    case .notRegularFile(let path): .notRegularFile(path: named(path))
    case .empty(let path): .empty(path: named(path))
    case .alreadyExists(let path): .alreadyExists(path: named(path))
    case .unusableName(let path): .unusableName(path: named(path))
    case .permissionDenied(let path, let operation): .permissionDenied(path: named(path), operation: operation)
    case .noSpace(let path, let needed, let free): .noSpace(path: named(path), neededBytes: needed, freeBytes: free)
    case .failed(let path, let operation, let number):
      .failed(path: named(path), operation: operation, errorNumber: number)
    }
  }

  private static func amounts(needed: Int?, free: Int?) -> String {
    let parts = [needed.map { "\($0) bytes needed" }, free.map { "\($0) bytes free" }].compactMap { $0 }
    return parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
  }
}
