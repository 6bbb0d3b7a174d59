import Templates

/// Finds the texts of special tokens, the longest where several begin.
struct SpecialTokenTexts {
  enum Piece: Equatable {
    case text(Range<Int>)
    case special(Int32, Range<Int>)

    var range: Range<Int> {
      switch self {
      case .text(let range), .special(_, let range): range
      }
    }
  }

  /// By first byte, longest first.
  private var tokens: [UInt8: [(text: [UInt8], id: Int32)]] = [:]

  init(_ specialTokens: [SpecialToken]) {
    for token in specialTokens {
      let bytes = Array(token.text.utf8)
      if let first = bytes.first { tokens[first, default: []].append((bytes, token.id)) }
    }
    for (first, list) in tokens { tokens[first] = list.sorted { $0.text.count > $1.text.count } }
  }

  func token(in bytes: [UInt8], at index: Int) -> (length: Int, id: Int32)? {
    tokens[bytes[index]]?.first { bytes[index...].starts(with: $0.text) }.map { ($0.text.count, $0.id) }
  }

  /// `bytes` as texts and special tokens, in order.
  func pieces(of bytes: [UInt8]) -> [Piece] {
    var result: [Piece] = []
    var (start, index) = (0, 0)
    while index < bytes.count {
      guard let (length, id) = token(in: bytes, at: index) else {
        index += 1
        continue
      }
      if start < index { result.append(.text(start..<index)) }
      result.append(.special(id, index..<(index + length)))
      index += length
      start = index
    }
    if start < bytes.count { result.append(.text(start..<bytes.count)) }
    return result
  }

  func occur(in text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.indices.contains { token(in: bytes, at: $0) != nil }
  }

  /// The text with `guarding` behind the first character of each special token's text, which is no longer one then.
  func guarded(_ text: String, with guarding: Unicode.Scalar) -> String {
    let bytes = Array(text.utf8)
    var result = ""
    for piece in pieces(of: bytes) {
      var scalars = String(decoding: bytes[piece.range], as: UTF8.self).unicodeScalars
      if case .special = piece { scalars.insert(guarding, at: scalars.index(after: scalars.startIndex)) }
      result.unicodeScalars += scalars
    }
    return result
  }
}

extension JinjaValue {
  /// Whether any text in it, keys aside, is one for which `isMatch` holds.
  func hasText(where isMatch: (String) -> Bool) -> Bool {
    switch self {
    case .none, .boolean, .integer, .float: false
    case .string(let text): isMatch(text)
    case .list(let elements): elements.contains { $0.hasText(where: isMatch) }
    case .dictionary(let dictionary): dictionary.entries.contains { $0.value.hasText(where: isMatch) }
    }
  }

  /// With each text in it, keys aside, changed.
  func mappingTexts(_ change: (String) -> String) -> JinjaValue {
    switch self {
    case .none, .boolean, .integer, .float: return self
    case .string(let text): return .string(change(text))
    case .list(let elements): return .list(elements.map { $0.mappingTexts(change) })
    case .dictionary(var dictionary):
      for entry in dictionary.entries { dictionary[entry.key] = entry.value.mappingTexts(change) }
      return .dictionary(dictionary)
    }
  }
}
