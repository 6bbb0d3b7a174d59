/// Some of the 256 bytes.
package struct ByteSet: Hashable, Sendable {
  private(set) var words = SIMD4<UInt64>.zero

  package init(_ ranges: ClosedRange<UInt8>...) {
    for byte in ranges.joined() { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
  }

  package init(_ characters: StaticString) {
    characters.withUTF8Buffer { for byte in $0 { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) } }
  }

  func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] >> UInt64(byte & 63) & 1 == 1 }

  var isEmpty: Bool { words == .zero }
}
