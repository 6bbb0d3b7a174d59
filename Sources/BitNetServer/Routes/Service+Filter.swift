import FileFormats
import Serving

extension Service {
  /// The members of a request whose texts become the prompt.
  private static let promptKeys = ["messages", "prompt", "tools"]

  /// The body of a request as the filter lets it pass: every text of its prompt, whatever the member it stands in.
  /// - Throws: `APIError` for a prompt that is refused.
  func filtered(_ body: JSONDocument) throws -> JSONDocument {
    guard let filter = configuration.contentFilter, var members = body.value.objectValue else { return body }
    if let value = members["logprobs"], ![.null, .boolean(false)].contains(value) {
      throw APIError.unsupported("logprobs", "they would tell what the content filter of this server hides")
    }
    for key in Self.promptKeys {
      if let value = members[key] { members[key] = try filtered(value, of: key, filter) }
    }
    return body.replacing(with: .object(members))
  }

  private func filtered(_ value: JSONValue, of key: String, _ filter: any ContentFilter) throws -> JSONValue {
    switch value {
    case .string(let text):
      switch filter.verdict(on: text) {
      case .allowed: return value
      case .replaced(let text): return .string(text)
      case .refused: throw APIError.filtered(key)
      }
    case .array(let elements):
      try checkTokens(elements, of: key, filter)
      try checkParts(elements, of: key, filter)
      return .array(try elements.map { try filtered($0, of: key, filter) })
    case .object(let members):
      // Names are part of what a template writes, and nothing of them can be replaced.
      guard members.keys.allSatisfy({ filter.verdict(on: $0) == .allowed }) else { throw APIError.filtered(key) }
      return .object(try members.mapValues { try filtered($0, of: key, filter) })
    default: return value
    }
  }

  /// The parts of a content become one text, which may hold what no part does.
  private func checkParts(_ elements: [JSONValue], of key: String, _ filter: any ContentFilter) throws {
    let texts = elements.compactMap { $0["text"]?.stringValue }
    guard texts.count > 1, texts.allSatisfy({ filter.verdict(on: $0) == .allowed }) else { return }
    guard filter.verdict(on: texts.joined()) == .allowed else { throw APIError.filtered(key) }
  }

  /// A prompt of token ids: nothing of it can be replaced.
  private func checkTokens(_ elements: [JSONValue], of key: String, _ filter: any ContentFilter) throws {
    let size = engine.model.tokenizer.vocabularySize
    let tokens = elements.compactMap(\.integerValue).filter { (0..<size).contains($0) }.map(Int32.init)
    guard !tokens.isEmpty else { return }
    let text = String(
      decoding: try engine.model.tokenizer.decode(tokens, skippingSpecialTokens: true), as: UTF8.self)
    guard filter.verdict(on: text) == .allowed else { throw APIError.filtered(key) }
  }
}

extension APIError {
  fileprivate static func filtered(_ key: String) -> APIError {
    .invalid("the content filter of this server refuses the text.", param: key, code: "content_filter")
  }
}
