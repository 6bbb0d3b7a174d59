extension Jinja {
  /// How `json.dumps` in Python lays out a document.
  struct JSONLayout {
    var ensuresASCII = false
    var indentation: Text?
    var elementSeparator: Text = ", "
    var keySeparator: Text = ": "
    var sortsKeys = false
  }
}

extension Jinja.Interpreter {
  /// The filter `tojson` as transformers defines it: nothing is escaped for HTML, and letters stay what they are.
  func json(_ value: Value, _ arguments: Jinja.Arguments) throws -> Value {
    let bound = try arguments.bound("tojson", "ensure_ascii", "indent", "separators", "sort_keys")
    var layout = Jinja.JSONLayout(ensuresASCII: bound[0]?.isTrue ?? false, sortsKeys: bound[3]?.isTrue ?? false)
    if case .text(let text)? = bound[1] {
      layout.indentation = text
    } else if let width = try wholeNumber(bound[1]) {
      try require(textBytes: max(0, width))
      layout.indentation = Text(repeatElement(UInt8(ascii: " "), count: max(0, width)))
    }
    if layout.indentation != nil { layout.elementSeparator = "," }
    if let separators = bound[2], !separators.isNone {
      let parts = try elements(separators)
      guard parts.count == 2, case .text(let element) = parts[0], case .text(let key) = parts[1] else {
        throw JinjaError(.type, "separators must be two strings")
      }
      (layout.elementSeparator, layout.keySeparator) = (element, key)
    }
    var bytes: [UInt8] = []
    try writeJSON(value, layout, level: 0, into: &bytes)
    return try checked(Text(bytes))
  }

  private func writeJSON(_ value: Value, _ layout: Jinja.JSONLayout, level: Int, into bytes: inout [UInt8]) throws {
    try step()
    switch value {
    case .none: bytes += "null".utf8
    case .boolean(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .float(let value): bytes += Self.json(value).utf8
    case .text(let text): try writeJSON(text, layout, into: &bytes)
    case .list(let list), .tuple(let list):
      try writeGroup(list.elements.count, "[", "]", layout, level, &bytes) { index, bytes in
        try writeJSON(list.elements[index], layout, level: level + 1, into: &bytes)
      }
    case .dictionary(let dictionary):
      var order = Array(dictionary.keys.indices)
      if layout.sortsKeys {
        order = try sorted(order.map { .integer($0) }, isReversed: false) {
          dictionary.keys[$0.wholeNumber ?? 0]
        }.map { $0.wholeNumber ?? 0 }
      }
      try writeGroup(order.count, "{", "}", layout, level, &bytes) { index, bytes in
        try writeJSON(jsonKey(dictionary.keys[order[index]]), layout, into: &bytes)
        bytes += layout.keySeparator.bytes
        try writeJSON(dictionary.values[order[index]], layout, level: level + 1, into: &bytes)
      }
    case .undefined, .range, .object:
      throw JinjaError(.type, "Object of type \(value.typeName) is not JSON serializable")
    }
  }

  private func writeGroup(
    _ count: Int, _ opening: String, _ closing: String, _ layout: Jinja.JSONLayout, _ level: Int,
    _ bytes: inout [UInt8], _ element: (Int, inout [UInt8]) throws -> Void
  ) throws {
    bytes += opening.utf8
    func breakLine(_ level: Int) throws {
      guard let indentation = layout.indentation, count > 0 else { return }
      bytes.append(UInt8(ascii: "\n"))
      try require(textBytes: bytes.count + indentation.bytes.count * level)
      for _ in 0..<level { bytes += indentation.bytes }
    }
    for index in 0..<count {
      if index > 0 { bytes += layout.elementSeparator.bytes }
      try breakLine(level + 1)
      try element(index, &bytes)
      try require(textBytes: bytes.count)
    }
    try breakLine(level)
    bytes += closing.utf8
  }

  private func jsonKey(_ key: Value) throws -> Text {
    switch key {
    case .text(let text): return text
    case .integer(let value): return Text(String(value))
    case .float(let value): return Text(Self.json(value))
    case .boolean(let value): return value ? "true" : "false"
    case .none: return "null"
    default:
      throw JinjaError(.type, "keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private static func json(_ value: Double) -> String {
    value.isNaN ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : Jinja.representation(of: value)
  }

  private func writeJSON(_ text: Text, _ layout: Jinja.JSONLayout, into bytes: inout [UInt8]) throws {
    try charge(bytes: text.bytes.count)
    func escape(_ unit: UInt16) {
      let digits = String(unit, radix: 16)
      bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
    }
    bytes.append(UInt8(ascii: "\""))
    for scalar in text.string.unicodeScalars {
      switch scalar {
      case "\"": bytes += "\\\"".utf8
      case "\\": bytes += "\\\\".utf8
      case "\n": bytes += "\\n".utf8
      case "\r": bytes += "\\r".utf8
      case "\t": bytes += "\\t".utf8
      case "\u{8}": bytes += "\\b".utf8
      case "\u{C}": bytes += "\\f".utf8
      case _ where scalar.value < 0x20 || layout.ensuresASCII && scalar.value > 0x7E:
        for unit in String(scalar).utf16 { escape(unit) }
      default: bytes += String(scalar).utf8
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
