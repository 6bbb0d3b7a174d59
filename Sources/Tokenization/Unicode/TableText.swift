import Kernels

/// The numbers of generated tables, which stand in them as text: array literals so long take the compiler half a minute.
enum TableText {
  /// - Parameter text: hexadecimal numbers in upper case, between them white space.
  static func numbers(_ text: StaticString) -> [UInt32] {
    text.withUTF8Buffer { bytes in
      bytes.split { $0 <= UInt8(ascii: " ") }.map { digits in digits.reduce(0) { $0 << 4 | value(ofDigit: $1) } }
    }
  }

  static func triples(_ numbers: [UInt32]) -> [(UInt32, UInt32, UInt32)] {
    require(numbers.count.isMultiple(of: 3), "\(numbers.count) numbers are no triples")
    return stride(from: 0, to: numbers.count, by: 3).map { (numbers[$0], numbers[$0 + 1], numbers[$0 + 2]) }
  }

  private static func value(ofDigit digit: UInt8) -> UInt32 {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(digit - UInt8(ascii: "0"))
    case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt32(digit - UInt8(ascii: "A")) + 10
    default: preconditionFailure("byte \(digit) in a table of hexadecimal numbers")
    }
  }
}
