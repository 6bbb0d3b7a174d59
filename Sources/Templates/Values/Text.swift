extension Jinja {
  /// A text as Python sees it: code points, compared one by one. Kept as UTF-8, whose order is that of code points.
  struct Text: Hashable, Sendable, ExpressibleByStringLiteral {
    var bytes: [UInt8]
    /// Marked by `safe` or `escape`: texts that are added to it are escaped.
    var isMarkup = false

    init(_ bytes: some Sequence<UInt8>, isMarkup: Bool = false) {
      self.bytes = Array(bytes)
      self.isMarkup = isMarkup
    }

    init(_ string: String) { bytes = Array(string.utf8) }
    init(stringLiteral value: String) { bytes = Array(value.utf8) }

    init(_ scalars: some Sequence<Unicode.Scalar>) {
      bytes = []
      for scalar in scalars { append(scalar) }
    }

    static func == (left: Text, right: Text) -> Bool { left.bytes == right.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    var string: String { String(decoding: bytes, as: UTF8.self) }
    var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }
    var isEmpty: Bool { bytes.isEmpty }

    /// Code points.
    var count: Int { bytes.reduce(0) { $0 + ($1 & 0xC0 != 0x80 ? 1 : 0) } }

    mutating func append(_ scalar: Unicode.Scalar) {
      if scalar.isASCII {
        bytes.append(UInt8(truncatingIfNeeded: scalar.value))
      } else {
        bytes += Array(String(scalar).utf8)
      }
    }

    mutating func append(_ other: Text) { bytes += other.bytes }

    func hasPrefix(_ other: Text) -> Bool { bytes.starts(with: other.bytes) }

    func hasSuffix(_ other: Text) -> Bool {
      bytes.count >= other.bytes.count && bytes[(bytes.count - other.bytes.count)...].elementsEqual(other.bytes)
    }

    static func isLess(_ left: Text, _ right: Text) -> Bool { left.bytes.lexicographicallyPrecedes(right.bytes) }
  }
}

extension Unicode.Scalar {
  /// White space as Python's `str.isspace` understands it.
  package var isPythonSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Whether Python's `repr` writes the code point as it is.
  var isPythonPrintable: Bool {
    if value == 0x20 { return true }
    return switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      false
    default: true
    }
  }

  var isPythonLineBreak: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }
}
