extension Jinja.Interpreter {
  /// The value as `str` in Python writes it.
  func text(of value: Jinja.Value) throws -> Jinja.Text {
    switch value {
    case .text(let text): return text
    case .undefined: return ""
    default:
      var bytes: [UInt8] = []
      try write(value, into: &bytes)
      return Jinja.Text(bytes)
    }
  }

  /// Appends what `repr` in Python writes.
  func write(_ value: Jinja.Value, into bytes: inout [UInt8]) throws {
    try step()
    switch value {
    case .undefined: bytes += "Undefined".utf8
    case .none: bytes += "None".utf8
    case .boolean(let value): bytes += (value ? "True" : "False").utf8
    case .integer(let value): bytes += String(value).utf8
    case .float(let value): bytes += Jinja.representation(of: value).utf8
    case .text(let text):
      try charge(bytes: text.bytes.count)
      if text.isMarkup { bytes += "Markup(".utf8 }
      bytes += Jinja.quoted(text).bytes
      if text.isMarkup { bytes.append(UInt8(ascii: ")")) }
    case .list(let list): try write(list.elements, "[", "]", into: &bytes)
    case .tuple(let list):
      try write(list.elements, "(", list.elements.count == 1 ? ",)" : ")", into: &bytes)
    case .dictionary(let dictionary):
      bytes.append(UInt8(ascii: "{"))
      for (index, key) in dictionary.keys.enumerated() {
        if index > 0 { bytes += ", ".utf8 }
        try write(key, into: &bytes)
        bytes += ": ".utf8
        try write(dictionary.values[index], into: &bytes)
        try require(textBytes: bytes.count)
      }
      bytes.append(UInt8(ascii: "}"))
    case .range(let range):
      bytes += "range(\(range.start), \(range.stop)\(range.step == 1 ? "" : ", \(range.step)"))".utf8
    case .object(let object):
      if let sequence = object as? Jinja.Elements, sequence.isView {
        bytes += "\(sequence.kind.rawValue)(".utf8
        try write(sequence.read(), "[", "]", into: &bytes)
        bytes.append(UInt8(ascii: ")"))
      } else if object is Jinja.Namespace {
        throw JinjaError(.unsupported, "printing a namespace is not supported; print its attributes")
      } else {
        bytes += object.printed.utf8
      }
    }
  }

  private func write(
    _ elements: [Jinja.Value], _ opening: String, _ closing: String, into bytes: inout [UInt8]
  ) throws {
    bytes += opening.utf8
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes += ", ".utf8 }
      try write(element, into: &bytes)
      try require(textBytes: bytes.count)
    }
    bytes += closing.utf8
  }
}

extension Jinja {
  /// A float as Python writes it: the fewest digits that tell it apart, an exponent below 1e-4 and from 1e16 on.
  static func representation(of value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    // Swift's text has the same digits in another layout.
    let parts = value.magnitude.description.split(separator: "e")
    let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    let fraction = mantissa.count > 1 && mantissa[1] != "0" ? String(mantissa[1]) : ""
    var digits = String(mantissa[0]) + fraction
    var exponent = mantissa[0].count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
    let leading = digits.prefix { $0 == "0" }.count
    if leading == digits.count { return sign + "0.0" }
    digits.removeFirst(leading)
    exponent -= leading
    while digits.hasSuffix("0") { digits.removeLast() }
    if exponent > 16 || exponent < -3 {
      let power = exponent - 1
      let head = digits.prefix(1) + (digits.count > 1 ? "." + digits.dropFirst() : "")
      return "\(sign)\(head)e\(power < 0 ? "-" : "+")\(power.magnitude < 10 ? "0" : "")\(power.magnitude)"
    }
    if exponent <= 0 { return sign + "0." + String(repeating: "0", count: -exponent) + digits }
    if digits.count <= exponent {
      return sign + digits + String(repeating: "0", count: exponent - digits.count) + ".0"
    }
    return sign + digits.prefix(exponent) + "." + digits.dropFirst(exponent)
  }

  /// A text as `repr` in Python quotes it.
  static func quoted(_ text: Text) -> Text {
    let hasSingle = text.bytes.contains(UInt8(ascii: "'"))
    let quote: Unicode.Scalar = hasSingle && !text.bytes.contains(UInt8(ascii: "\"")) ? "\"" : "'"
    var result: [UInt8] = [UInt8(ascii: quote)]
    for scalar in text.string.unicodeScalars {
      switch scalar {
      case quote, "\\": result += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
      case "\n": result += "\\n".utf8
      case "\r": result += "\\r".utf8
      case "\t": result += "\\t".utf8
      case _ where scalar.isPythonPrintable: result += String(scalar).utf8
      default:
        let code = String(scalar.value, radix: 16)
        let (mark, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        result += "\\\(mark)\(String(repeating: "0", count: width - code.count))\(code)".utf8
      }
    }
    result.append(UInt8(ascii: quote))
    return Text(result)
  }
}
