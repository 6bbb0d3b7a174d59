import Foundation

extension Jinja {
  /// How a value is written in a format: what both `%5.2f` and `{:5.2f}` say.
  struct FormatSpecification {
    static let largestWidth = 1 << 16

    var fill: Text = " "
    var alignment: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var type: Unicode.Scalar?

    func padded(_ text: Text, isNumber: Bool) -> Text {
      let missing = max(0, width - text.count)
      guard missing > 0 else { return text }
      func padding(_ count: Int) -> [UInt8] { Array(repeatElement(fill.bytes, count: count).joined()) }
      switch alignment ?? (isNumber ? ">" : "<") {
      case "<": return Text(text.bytes + padding(missing))
      case "^": return Text(padding(missing / 2) + text.bytes + padding(missing - missing / 2))
      case "=":
        // Between the sign and the digits.
        let signs = text.bytes.prefix { "+- ".utf8.contains($0) }.prefix(1)
        return Text(signs + padding(missing) + text.bytes.dropFirst(signs.count))
      default: return Text(padding(missing) + text.bytes)
      }
    }

    func number(_ value: Int) throws -> String {
      let radix: (Int, String)
      switch type {
      case nil, "d", "n", "i", "u": radix = (10, "")
      case "x", "X": radix = (16, "0x")
      case "o": radix = (8, "0o")
      case "b": radix = (2, "0b")
      case "c":
        guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else {
          throw JinjaError(.value, "%c arg not in range(0x110000)")
        }
        return String(scalar)
      default: return try number(Double(value))
      }
      var digits = String(value.magnitude, radix: radix.0)
      if let precision { digits = String(repeating: "0", count: max(0, precision - digits.count)) + digits }
      if grouping != nil { digits = grouped(digits, every: radix.0 == 10 ? 3 : 4) }
      digits = (isAlternate ? radix.1 : "") + digits
      return signed(type == "X" ? digits.uppercased() : digits, isNegative: value < 0)
    }

    func number(_ value: Double) throws -> String {
      var magnitude = abs(value)
      let type = self.type ?? (precision == nil ? "r" : "g")
      var text: String
      switch type {
      case "r":
        text = representation(of: magnitude)
      case "%":
        magnitude *= 100
        text = String(format: "%.\(precision ?? 6)f", magnitude) + "%"
      case "e", "E", "f", "F", "g", "G":
        text = String(format: "%\(isAlternate ? "#" : "").\(precision ?? 6)\(type)", magnitude)
        if self.type == nil, !text.contains("."), !text.contains("e"), value.isFinite { text += ".0" }
      default: throw JinjaError(.value, "Unknown format code '\(type)' for object of type 'float'")
      }
      if grouping != nil {
        let whole = text.prefix { $0.isNumber }
        text = grouped(String(whole), every: 3) + text.dropFirst(whole.count)
      }
      return signed(text, isNegative: value.sign == .minus && !value.isNaN)
    }

    private func signed(_ digits: String, isNegative: Bool) -> String {
      (isNegative ? "-" : sign == "+" ? "+" : sign == " " ? " " : "") + digits
    }

    private func grouped(_ digits: String, every size: Int) -> String {
      var result = ""
      for (index, digit) in digits.enumerated() {
        if index > 0, (digits.count - index) % size == 0 { result += String(grouping ?? ",") }
        result.append(digit)
      }
      return result
    }
  }
}
