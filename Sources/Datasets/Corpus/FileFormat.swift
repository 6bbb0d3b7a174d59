/// What a file is, told by its first bytes; names lie.
enum FileFormat: Equatable {
  case plain
  case gzip
  case zip
  /// Compressed in a way that is not read here: the format and the command that unpacks it.
  case unsupported(name: String, command: String)

  init(of bytes: UnsafeRawBufferPointer) {
    func begins(with magic: [UInt8], at offset: Int = 0) -> Bool {
      bytes.count >= offset + magic.count && bytes[offset..<offset + magic.count].elementsEqual(magic)
    }
    if begins(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if begins(with: [0x50, 0x4B, 0x03, 0x04]) || begins(with: [0x50, 0x4B, 0x05, 0x06]) {
      self = .zip
    } else if begins(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]) {
      self = .unsupported(name: "xz", command: "xz -dk")
    } else if begins(with: [0x28, 0xB5, 0x2F, 0xFD]) {
      self = .unsupported(name: "zstd", command: "zstd -dk")
    } else if begins(with: [0x42, 0x5A, 0x68]) && begins(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4) {
      self = .unsupported(name: "bzip2", command: "bzip2 -dk")
    } else if begins(with: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]) {
      self = .unsupported(name: "7z", command: "7z x")
    } else {
      self = .plain
    }
  }
}
