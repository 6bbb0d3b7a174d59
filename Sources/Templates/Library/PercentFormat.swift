extension Jinja.Interpreter {
  /// `format % values`, as Python writes it.
  func percentFormat(_ format: Text, _ values: Value) throws -> Value {
    if format.isMarkup { throw JinjaError(.unsupported, "'%' with a text marked as safe is not supported") }
    try charge(bytes: format.bytes.count)
    let scalars = format.scalars
    var arguments: [Value] = [values]
    if case .tuple(let list) = values { arguments = list.elements }
    var position = 0
    var usesNames = false
    func next() throws -> Value {
      guard position < arguments.count else {
        throw JinjaError(.type, "not enough arguments for format string")
      }
      defer { position += 1 }
      return arguments[position]
    }
    var result = Text([])
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "%" else {
        result.append(scalars[index])
        index += 1
        continue
      }
      index += 1
      var named: Value?
      if index < scalars.count, scalars[index] == "(" {
        guard let end = scalars[index...].firstIndex(of: ")") else {
          throw JinjaError(.value, "incomplete format key")
        }
        guard case .dictionary(let dictionary) = values else {
          throw JinjaError(.type, "format requires a mapping")
        }
        let name = Text(scalars[(index + 1)..<end])
        guard let value = dictionary[.text(name)] else {
          throw JinjaError(.value, "the format names '\(name.string)', which the mapping does not have")
        }
        named = value
        usesNames = true
        index = end + 1
      }
      let specification = try percentSpecification(scalars, &index, next)
      if specification.type == "%" {
        result.append("%" as Unicode.Scalar)
      } else {
        result.append(try formatted(named ?? next(), specification))
      }
      try require(textBytes: result.bytes.count)
    }
    if case .dictionary = values { usesNames = true }
    guard usesNames || position == arguments.count else {
      throw JinjaError(.type, "not all arguments converted during string formatting")
    }
    return try checked(result)
  }

  private func percentSpecification(
    _ scalars: [Unicode.Scalar], _ index: inout Int, _ next: () throws -> Value
  ) throws -> Jinja.FormatSpecification {
    var result = Jinja.FormatSpecification()
    var padsWithZeros = false
    while index < scalars.count, "-+ #0".unicodeScalars.contains(scalars[index]) {
      switch scalars[index] {
      case "-": result.alignment = "<"
      case "0": padsWithZeros = true
      case "#": result.isAlternate = true
      case let sign: if result.sign != "+" { result.sign = sign }
      }
      index += 1
    }
    if padsWithZeros, result.alignment == nil { (result.fill, result.alignment) = ("0", "=") }
    func number() throws -> Int {
      if index < scalars.count, scalars[index] == "*" {
        index += 1
        return try wholeNumber(next()) ?? 0
      }
      var value = 0
      while index < scalars.count, ("0"..."9").contains(scalars[index]) {
        value = min(value * 10 + Int(scalars[index].value) - 0x30, Int(Int32.max))
        index += 1
      }
      return value
    }
    result.width = try number()
    if index < scalars.count, scalars[index] == "." {
      index += 1
      result.precision = max(0, try number())
    }
    while index < scalars.count, "hlL".unicodeScalars.contains(scalars[index]) { index += 1 }
    guard index < scalars.count else { throw JinjaError(.value, "incomplete format") }
    if result.width < 0 { (result.alignment, result.width) = ("<", -result.width) }
    result.type = scalars[index]
    index += 1
    guard max(result.width, result.precision ?? 0) <= Jinja.FormatSpecification.largestWidth else {
      throw JinjaError(.limit, "a format asks for more than \(Jinja.FormatSpecification.largestWidth) characters")
    }
    return result
  }

  private func formatted(_ value: Value, _ specification: Jinja.FormatSpecification) throws -> Text {
    var specification = specification
    guard let type = specification.type else { return "" }
    switch type {
    case "s", "r", "a":
      if type == "a" { throw JinjaError(.unsupported, "'%a' is not supported; use '%r'") }
      var text = try text(of: value)
      if type == "r" {
        var bytes: [UInt8] = []
        try write(value, into: &bytes)
        text = Text(bytes)
      }
      if let precision = specification.precision { text = Text(text.scalars.prefix(precision)) }
      if specification.fill == "0" { (specification.fill, specification.alignment) = (" ", nil) }
      specification.alignment = specification.alignment ?? ">"
      return specification.padded(text, isNumber: false)
    case "c":
      if case .text(let text) = value, text.count == 1 { return specification.padded(text, isNumber: true) }
      guard let number = value.wholeNumber else { throw JinjaError(.type, "%c requires int or char") }
      return specification.padded(Text(try specification.number(number)), isNumber: true)
    case "d", "i", "u":
      guard let number = value.number, let whole = value.wholeNumber ?? Int(exactly: number.rounded(.towardZero)) else {
        throw JinjaError(.type, "%\(type) format: a real number is required, not \(value.typeName)")
      }
      return specification.padded(Text(try specification.number(whole)), isNumber: true)
    case "x", "X", "o":
      guard let whole = value.wholeNumber else {
        throw JinjaError(.type, "%\(type) format: an integer is required, not \(value.typeName)")
      }
      return specification.padded(Text(try specification.number(whole)), isNumber: true)
    case "e", "E", "f", "F", "g", "G":
      guard let number = value.number else {
        throw JinjaError(.type, "must be real number, not \(value.typeName)")
      }
      return specification.padded(Text(try specification.number(number)), isNumber: true)
    default: throw JinjaError(.value, "unsupported format character '\(type)'")
    }
  }
}
