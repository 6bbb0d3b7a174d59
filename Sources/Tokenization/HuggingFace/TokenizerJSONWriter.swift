import FileFormats
import Foundation

/// Writes the tokenizer.json of a tokenizer that came from another format.
///
/// The vocabulary is written token by token: a dictionary of `String` would take two spellings of one character for the
/// same key.
struct TokenizerJSONWriter {
  let tokenizer: TextTokenizer
  private var isCharacters: Bool { tokenizer.model.units == .characters }

  init(tokenizer: TextTokenizer) { self.tokenizer = tokenizer }

  /// - Throws: `TokenizerError.inexpressible`.
  func data() throws -> Data {
    var members: [(String, String)] = [("version", "\"1.0\""), ("truncation", "null"), ("padding", "null")]
    members.append(("added_tokens", try text(.array(addedTokens))))
    members.append(("normalizer", try text(normalizer)))
    members.append(("pre_tokenizer", try text(preTokenizer)))
    members.append(("post_processor", try text(postProcessor)))
    members.append(("decoder", try text(decoder)))
    members.append(("model", try model()))
    let body = members.map { "  \"\($0)\": \($1)" }.joined(separator: ",\n")
    return Data("{\n\(body)\n}\n".utf8)
  }

  private func text(_ value: JSONValue) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private var addedTokens: [JSONValue] {
    tokenizer.addedTokens.sorted { $0.id < $1.id }.map { token in
      .object([
        "id": .integer(Int(token.id)), "content": .string(token.content), "special": .boolean(token.isSpecial),
        "single_word": .boolean(token.isSingleWord), "lstrip": .boolean(token.stripsLeft),
        "rstrip": .boolean(token.stripsRight), "normalized": .boolean(token.isNormalized),
      ])
    }
  }

  private func component(_ type: String, _ members: [String: JSONValue] = [:]) -> JSONValue {
    .object(members.merging(["type": .string(type)]) { old, _ in old })
  }

  private func replacement(_ from: String, _ to: String) -> JSONValue {
    component("Replace", ["pattern": .object(["String": .string(from)]), "content": .string(to)])
  }

  private func sequence(_ key: String, _ steps: [JSONValue]) -> JSONValue {
    steps.count == 1 ? steps[0] : component("Sequence", [key: .array(steps)])
  }

  private var usesMetaspace: Bool {
    let prefix = tokenizer.pipeline.spacePrefix
    return tokenizer.pipeline.isCutAtSpaces || prefix == .sectionsWithoutSpace || prefix == .textWithoutSpace
  }

  private var normalizer: JSONValue {
    guard isCharacters else { return tokenizer.pipeline.composes ? component("NFC") : .null }
    guard !usesMetaspace else { return .null }
    let prefix = tokenizer.pipeline.spacePrefix == .everySection ? [component("Prepend", ["prepend": .string("▁")])] : []
    return sequence("normalizers", prefix + [replacement(" ", "▁")])
  }

  private var preTokenizer: JSONValue {
    get throws {
      guard !isCharacters else { return usesMetaspace ? metaspace : .null }
      let splitters = tokenizer.pipeline.splitters
      let addsSpace: JSONValue = .boolean(tokenizer.pipeline.spacePrefix != .none)
      func byteLevel(_ usesPattern: Bool) -> JSONValue {
        component(
          "ByteLevel",
          ["add_prefix_space": addsSpace, "trim_offsets": .boolean(true), "use_regex": .boolean(usesPattern)])
      }
      if splitters == [.gpt2] { return byteLevel(true) }
      return sequence("pretokenizers", try splitters.map(step) + [byteLevel(false)])
    }
  }

  private func step(_ splitter: Splitter) throws -> JSONValue {
    if splitter == .singleDigits { return component("Digits", ["individual_digits": .boolean(true)]) }
    if splitter == .digitRuns { return component("Digits", ["individual_digits": .boolean(false)]) }
    guard let pattern = splitter.pattern else {
      throw TokenizerError.inexpressible(format: "tokenizer.json", found: "the splitter \(splitter)")
    }
    return component(
      "Split",
      [
        "pattern": .object(["Regex": .string(pattern)]), "behavior": .string("Isolated"), "invert": .boolean(false),
      ])
  }

  private var metaspace: JSONValue {
    let scheme =
      switch tokenizer.pipeline.spacePrefix {
      case .none: "never"
      case .textWithoutSpace: "first"
      case .everySection, .sectionsWithoutSpace: "always"
      }
    return component(
      "Metaspace",
      [
        "replacement": .string("▁"), "prepend_scheme": .string(scheme),
        "split": .boolean(tokenizer.pipeline.isCutAtSpaces),
      ])
  }

  private var postProcessor: JSONValue {
    let pipeline = tokenizer.pipeline
    guard !(pipeline.beginning + pipeline.end).isEmpty else { return .null }
    func content(_ id: Int32) -> String { tokenizer.addedTokens.first { $0.id == id }?.content ?? "\(id)" }
    func token(_ id: Int32, _ type: Int) -> JSONValue {
      .object(["SpecialToken": .object(["id": .string(content(id)), "type_id": .integer(type)])])
    }
    func text(_ name: String, _ type: Int) -> [JSONValue] {
      pipeline.beginning.map { token($0, type) }
        + [.object(["Sequence": .object(["id": .string(name), "type_id": .integer(type)])])]
        + pipeline.end.map { token($0, type) }
    }
    let named = Set(pipeline.beginning + pipeline.end).map { id -> (String, JSONValue) in
      let ids: [String: JSONValue] = [
        "id": .string(content(id)), "ids": .array([.integer(Int(id))]), "tokens": .array([.string(content(id))]),
      ]
      return (content(id), .object(ids))
    }
    return component(
      "TemplateProcessing",
      [
        "single": .array(text("A", 0)), "pair": .array(text("A", 0) + text("B", 1)),
        "special_tokens": .object(Dictionary(named) { first, _ in first }),
      ])
  }

  private var decoder: JSONValue {
    guard isCharacters else {
      return component(
        "ByteLevel",
        ["add_prefix_space": .boolean(false), "trim_offsets": .boolean(true), "use_regex": .boolean(true)])
    }
    let strip = component("Strip", ["content": .string(" "), "start": .integer(1), "stop": .integer(0)])
    return component(
      "Sequence",
      [
        "decoders": .array(
          [replacement("▁", " "), component("ByteFallback"), component("Fuse")]
            + (tokenizer.pipeline.stripsLeadingSpace ? [strip] : []))
      ])
  }

  private func model() throws -> String {
    var members = [
      "\"type\": \"BPE\"", "\"dropout\": null", "\"continuing_subword_prefix\": null", "\"end_of_word_suffix\": null",
      "\"fuse_unk\": \(isCharacters)", "\"byte_fallback\": \(isCharacters)",
      "\"ignore_merges\": \(tokenizer.model.takesWholePieces)",
    ]
    let unknown = tokenizer.roles.unknown.flatMap { id in tokenizer.addedTokens.first { $0.id == id }?.content }
    members.append("\"unk_token\": \(isCharacters ? unknown.map(JSONText.quoted) ?? "null" : "null")")
    let vocabulary = tokenizer.spellings().enumerated().compactMap { id, spelling in
      spelling.map { "      \(JSONText.quoted($0)): \(id)" }
    }
    members.append("\"vocab\": {\n\(vocabulary.joined(separator: ",\n"))\n    }")
    let merges = tokenizer.mergeSpellings().map {
      "      [\(JSONText.quoted($0.left)), \(JSONText.quoted($0.right))]"
    }
    members.append("\"merges\": [\n\(merges.joined(separator: ",\n"))\n    ]")
    return "{\n" + members.map { "    \($0)" }.joined(separator: ",\n") + "\n  }"
  }
}

/// A string as JSON spells it.
enum JSONText {
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
