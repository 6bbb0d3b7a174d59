/// The characters that stand for bytes in the vocabularies of byte-level tokenizers.
///
/// Printable Latin-1 bytes stand for themselves; the other 68 are counted up from U+0100 (the table of GPT-2).
enum ByteCharacters {
  /// Indexed by byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 33...126, 161...172, 174...255: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? "\u{FFFD}"
      }
    }
  }()

  private static let bytes = Dictionary(
    uniqueKeysWithValues: zip(scalars, UInt8.min...UInt8.max))

  static func byte(of scalar: Unicode.Scalar?) -> UInt8? {
    scalar.flatMap { bytes[$0] }
  }

  /// The bytes that a token of this spelling stands for; a spelling with other characters stands for itself.
  static func bytes(_ spelling: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in String(decoding: spelling, as: UTF8.self).unicodeScalars {
      guard let byte = byte(of: scalar) else { return spelling }
      bytes.append(byte)
    }
    return bytes
  }

  static func spelling(_ bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(scalars[Int(byte)]) }
    return String(text)
  }
}
