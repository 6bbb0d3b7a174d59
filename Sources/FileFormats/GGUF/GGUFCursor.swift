import Foundation

/// Walks over the bytes of a file and reads nothing that is not there.
struct GGUFCursor {
  let bytes: UnsafeRawBufferPointer
  let path: String
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  private var left: Int { bytes.count - offset }

  func error(_ problem: GGUFError.Problem) -> GGUFError { GGUFError(path: path, problem: problem) }

  /// Skips `count` bytes and returns them.
  mutating func take(_ count: UInt64, _ what: @autoclosure () -> String) throws -> UnsafeRawBufferPointer {
    guard count <= UInt64(left) else {
      throw error(.cutOff(what: what(), offset: offset, needed: count, fileBytes: bytes.count))
    }
    defer { offset += Int(count) }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + Int(count)])
  }

  mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type, _ what: @autoclosure () -> String
  ) throws -> Number {
    Number(littleEndian: try take(UInt64(MemoryLayout<Number>.size), what()).loadUnaligned(as: Number.self))
  }

  /// A string's bytes; its length is checked against what is left of the file.
  mutating func byteString(_ what: @autoclosure () -> String) throws -> UnsafeRawBufferPointer {
    try take(try number(UInt64.self, what()), what())
  }
}
