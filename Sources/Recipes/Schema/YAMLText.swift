import Foundation

/// Scalars as YAML text that every YAML version reads as the same value.
enum YAMLText {
  /// The shortest decimal that reads back as `value`, with a point before an exponent: YAML 1.1 takes `1e-05` for text.
  static func number(_ value: Double) -> String {
    let text = "\(value)"
    guard let exponent = text.firstIndex(of: "e"), !text[..<exponent].contains(".") else { return text }
    return text[..<exponent] + ".0" + text[exponent...]
  }

  static func string(_ text: String) -> String {
    let isWord = text.wholeMatch(of: /[A-Za-z][A-Za-z0-9_.\/-]*/) != nil
    return isWord && !wordsWithMeaning.contains(text.lowercased()) ? text : quoted(text)
  }

  /// Double-quoted, control characters escaped.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where scalar.properties.generalCategory == .control || scalar == "\u{2028}" || scalar == "\u{2029}":
        result += String(format: "\\u%04X", scalar.value)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Words that some YAML version reads as a boolean or null.
  private static let wordsWithMeaning: Set<String> = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null",
  ]
}
