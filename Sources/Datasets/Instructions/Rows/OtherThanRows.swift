import FileFormats

/// Files that people take for rows in JSON, told by their beginning.
enum OtherThanRows {
  /// What a file is, and what to do about it; nil for one that may hold rows.
  static func kind(_ beginning: [UInt8], path: String) -> String? {
    if beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) {
      return "UTF-16 text; convert it, as in: iconv -f UTF-16 -t UTF-8"
    }
    if let kind = FileKind.of(beginning) {
      return "\(kind.name); \(FileKind.advice(kind.adviceForRows ?? kind.advice, path: path))"
    }
    let isMarked = beginning.starts(with: [0xEF, 0xBB, 0xBF])
    let isWhiteSpace: (UInt8) -> Bool = { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
    guard let start = beginning[(isMarked ? 3 : 0)...].firstIndex(where: { !isWhiteSpace($0) }) else { return nil }
    let first = beginning[start]
    if first == 0 { return "binary data" }
    if first == UInt8(ascii: "<") { return "HTML or XML; a web page may have been saved instead of the file" }
    guard ![UInt8(ascii: "{"), UInt8(ascii: "[")].contains(first) else { return nil }
    let line = beginning[start...].prefix(60).prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let text = String(decoding: line, as: UTF8.self).printable()
    return text.contains(",") && !text.hasPrefix("\"")
      ? "text that begins with \"\(text)\", perhaps a table (CSV); write its rows as JSON objects"
      : "text that begins with \"\(text)\"; write its rows as JSON objects"
  }
}
