extension StringProtocol {
  /// This text with what would steer a terminal written as escapes: controls but line ends and tabs, and what turns the
  /// direction of text. Rows, names in files and the words of a model are whatever their author likes.
  package var safeForTerminal: String {
    guard unicodeScalars.contains(where: \.steersTerminals) else { return String(self) }
    var result = ""
    for scalar in unicodeScalars {
      if scalar.steersTerminals {
        result += scalar.escaped(asASCII: true)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Unicode.Scalar {
  fileprivate var steersTerminals: Bool {
    switch value {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F: true
    // Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
    case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
