/// A hash that is computed piece by piece; how the bytes are cut into pieces does not matter.
package protocol HashFunction {
  init()

  mutating func update(_ bytes: UnsafeRawBufferPointer)

  /// The digest of all bytes so far; more may follow.
  func finalize() -> [UInt8]
}

extension HashFunction {
  package mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of all bytes so far in lower-case hexadecimal.
  package var hexadecimal: String { Self.hexadecimal(finalize()) }

  /// The digest of a text's UTF-8 in lower-case hexadecimal.
  package static func hexadecimal(of text: String) -> String {
    var hash = Self()
    hash.update(text)
    return hash.hexadecimal
  }

  /// Two lower-case digits for every byte.
  package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
