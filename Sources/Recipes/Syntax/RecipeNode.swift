import FileFormats

/// A value of a recipe file with the place it was written at.
struct RecipeNode: Equatable, Sendable {
  struct Entry: Equatable, Sendable {
    var key: String
    var keyPosition: RecipePosition
    var value: RecipeNode
  }

  enum Content: Equatable, Sendable {
    /// Quoted text is never read as a number, a boolean or null.
    case scalar(String, isQuoted: Bool)
    case sequence([RecipeNode])
    /// In file order; a key may occur twice, which `RecipeStructure` reports.
    case mapping([Entry])
  }

  var content: Content
  var position: RecipePosition

  /// Null stands for "as if the key were absent", so that an override can take a key out of a recipe.
  var isNull: Bool {
    guard case .scalar(let text, isQuoted: false) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  subscript(key: String) -> Entry? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }
  }

  /// What a reader of an error message calls this value.
  var spoken: String {
    switch content {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .scalar("", _): "empty"
    case .scalar(let text, _) where hasControlCharacters:
      "the text \"\(text.printable())\" with control characters"
    case .scalar(let text, isQuoted: true): "the text \"\(text.printable())\""
    case .scalar(let text, isQuoted: false):
      isNull || boolean != nil || number != nil ? text.printable() : "the text \"\(text.printable())\""
    }
  }
}

// MARK: - Scalars

extension RecipeNode {
  /// The text of a scalar, quoted or not; nil for null.
  var text: String? {
    guard case .scalar(let text, _) = content, !isNull else { return nil }
    return text
  }

  /// Whether it is a scalar with characters that a terminal obeys.
  var hasControlCharacters: Bool {
    guard case .scalar(let text, _) = content else { return false }
    return text.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  /// `true` and `false` only: YAML 1.1's yes, no, on and off read as text in other YAML versions.
  var boolean: Bool? {
    guard case .scalar(let text, isQuoted: false) = content else { return nil }
    return switch text {
    case "true", "True", "TRUE": true
    case "false", "False", "FALSE": false
    default: nil
    }
  }

  /// A decimal number as people write it: `2e-3` (text in YAML 1.1), `1.0e-5`, `.5`, `1_000`.
  var number: Double? {
    guard let digits = plainDecimal, let value = Double(digits), value.isFinite else { return nil }
    return value
  }

  /// A whole number; `2e4` and `10.0` count, `010` is ten.
  func integer<Integer: FixedWidthInteger>(as type: Integer.Type) -> Integer? {
    guard let digits = plainDecimal else { return nil }
    return Integer(digits) ?? Double(digits).flatMap(Integer.init(exactly:))
  }

  /// The scalar without digit separators, when it is made of the characters of a decimal number.
  private var plainDecimal: String? {
    guard case .scalar(let text, isQuoted: false) = content, DecimalNumeral.isWhole(text) else { return nil }
    return text.filter { $0 != "_" }
  }
}

/// How a decimal number is written: `[+-]`, then digits with `_` between them and a fraction, or a fraction alone; then
/// `e` and an exponent. By hand: every value of a recipe is looked at, and a regular expression takes half the time of all
/// that a recipe is read in.
private struct DecimalNumeral {
  private var rest: Substring.UTF8View

  static func isWhole(_ text: String) -> Bool {
    var numeral = DecimalNumeral(rest: text[...].utf8)
    return numeral.skip() && numeral.rest.isEmpty
  }

  private mutating func skip() -> Bool {
    _ = skipOne(of: "+-")
    if skipDigits() {
      while rest.first == UInt8(ascii: "_") {
        rest.removeFirst()
        guard skipDigits() else { return false }
      }
      if skipOne(of: ".") { _ = skipDigits() }
    } else {
      guard skipOne(of: "."), skipDigits() else { return false }
    }
    guard skipOne(of: "eE") else { return true }
    _ = skipOne(of: "+-")
    return skipDigits()
  }

  private mutating func skipOne(of characters: String) -> Bool {
    guard let first = rest.first, characters.utf8.contains(first) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func skipDigits() -> Bool {
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    rest.removeFirst(digits.count)
    return !digits.isEmpty
  }
}
