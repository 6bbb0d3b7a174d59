extension Jinja.Interpreter {
  /// `format.format(…)`, as Python writes it.
  func braceFormat(_ format: Text, _ arguments: Jinja.Arguments) throws -> Value {
    try charge(bytes: format.bytes.count)
    let scalars = format.scalars
    var result = Text([])
    var automatic = 0
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      let isDoubled = index + 1 < scalars.count && scalars[index + 1] == scalar
      index += 1
      guard scalar == "{" || scalar == "}" else {
        result.append(scalar)
        continue
      }
      if isDoubled {
        result.append(scalar)
        index += 1
        continue
      }
      guard scalar == "{", let end = scalars[index...].firstIndex(of: "}") else {
        throw JinjaError(.value, "Single '\(scalar)' encountered in format string")
      }
      let field = Array(scalars[index..<end])
      guard !field.contains("{") else {
        throw JinjaError(.unsupported, "fields in the specification of a format are not supported")
      }
      index = end + 1
      result.append(try formattedField(field, arguments, &automatic))
      try require(textBytes: result.bytes.count)
    }
    return try checked(result)
  }

  private func formattedField(
    _ field: [Unicode.Scalar], _ arguments: Jinja.Arguments, _ automatic: inout Int
  ) throws -> Text {
    let nameEnd = field.firstIndex { $0 == ":" || $0 == "!" } ?? field.count
    var value = try argument(Array(field[..<nameEnd]), arguments, &automatic)
    var rest = field[nameEnd...]
    if rest.first == "!" {
      guard rest.count >= 2, let conversion = rest.dropFirst().first, conversion == "s" || conversion == "r" else {
        throw JinjaError(.unsupported, "conversions of a format other than !s and !r are not supported")
      }
      var bytes: [UInt8] = []
      try write(value, into: &bytes)
      value = .text(conversion == "r" ? Text(bytes) : try text(of: value))
      rest = rest.dropFirst(2)
    }
    let specification = Array(rest.dropFirst())
    return specification.isEmpty ? try text(of: value) : try formatted(value, specification)
  }

  private func argument(
    _ name: [Unicode.Scalar], _ arguments: Jinja.Arguments, _ automatic: inout Int
  ) throws -> Value {
    guard !name.contains(".") && !name.contains("[") else {
      throw JinjaError(.unsupported, "attributes and items in a format are not supported")
    }
    let text = Text(name)
    if text.isEmpty || text.bytes.allSatisfy({ (0x30...0x39).contains($0) }) {
      let position = text.isEmpty ? automatic : Int(text.string) ?? .max
      if text.isEmpty { automatic += 1 }
      guard position < arguments.positional.count else {
        throw JinjaError(.value, "Replacement index \(position) out of range for positional args tuple")
      }
      return arguments.positional[position]
    }
    guard let value = arguments.keyword(text) else {
      throw JinjaError(.value, "the format names '\(text.string)', which is not among its arguments")
    }
    return value
  }

  private func formatted(_ value: Value, _ text: [Unicode.Scalar]) throws -> Text {
    let specification = try Self.specification(text)
    switch value {
    case .undefined(let undefined): throw undefined.error
    case .text(let text):
      guard specification.type == nil || specification.type == "s" else {
        throw JinjaError(
          .value, "Unknown format code '\(specification.type ?? "s")' for object of type 'str'")
      }
      let cut = specification.precision.map { Text(text.scalars.prefix($0)) } ?? text
      return specification.padded(cut, isNumber: false)
    case .float(let number): return specification.padded(Text(try specification.number(number)), isNumber: true)
    case .integer, .boolean:
      guard specification.type != nil || specification.precision == nil else {
        throw JinjaError(.value, "Precision not allowed in integer format specifier")
      }
      return specification.padded(Text(try specification.number(value.wholeNumber ?? 0)), isNumber: true)
    default:
      throw JinjaError(.type, "unsupported format string passed to \(value.typeName).__format__")
    }
  }

  private static func specification(_ scalars: [Unicode.Scalar]) throws -> Jinja.FormatSpecification {
    var result = Jinja.FormatSpecification()
    var rest = scalars[...]
    func isAlignment(_ scalar: Unicode.Scalar?) -> Bool { scalar.map { "<>^=".unicodeScalars.contains($0) } ?? false }
    if isAlignment(rest.dropFirst().first), let fill = rest.first {
      result.fill = Text([fill])
      result.alignment = rest.dropFirst().first
      rest = rest.dropFirst(2)
    } else if isAlignment(rest.first) {
      result.alignment = rest.popFirst()
    }
    if let sign = rest.first, "+- ".unicodeScalars.contains(sign) {
      result.sign = sign
      rest.removeFirst()
    }
    if rest.first == "#" {
      result.isAlternate = true
      rest.removeFirst()
    }
    if rest.first == "0", result.alignment == nil { (result.fill, result.alignment) = ("0", "=") }
    func number() -> Int? {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.isEmpty ? nil : Int(Text(digits).string) ?? .max
    }
    result.width = number() ?? 0
    if let grouping = rest.first, grouping == "," || grouping == "_" {
      result.grouping = grouping
      rest.removeFirst()
    }
    if rest.first == "." {
      rest.removeFirst()
      result.precision = number()
      if result.precision == nil { throw JinjaError(.value, "Format specifier missing precision") }
    }
    result.type = rest.popFirst()
    guard rest.isEmpty else { throw JinjaError(.value, "Invalid format specifier '\(Text(scalars).string)'") }
    guard max(result.width, result.precision ?? 0) <= Jinja.FormatSpecification.largestWidth else {
      throw JinjaError(.limit, "a format asks for more than \(Jinja.FormatSpecification.largestWidth) characters")
    }
    return result
  }
}
