import Foundation

extension HashFunction {
  /// The digest of a file in lower-case hexadecimal; reads it once, in pieces.
  /// - Throws: `FileError`.
  package static func hexadecimal(of url: URL) throws -> String {
    hexadecimal(of: try MappedFile(url, allowsEmpty: true))
  }

  package static func hexadecimal(of file: MappedFile) -> String {
    let pieceSize = 1 << 20
    var hash = Self()
    file.withBytes { bytes in
      // A file may be larger than the memory; its pages are not wanted again.
      for start in stride(from: 0, to: bytes.count, by: pieceSize) {
        let range = start..<min(start + pieceSize, bytes.count)
        hash.update(UnsafeRawBufferPointer(rebasing: bytes[range]))
        file.release(range)
      }
    }
    return hash.hexadecimal
  }
}
