import FileFormats

/// Reads what a tokenizer.json does before and after merging: normalizer, pre_tokenizer, decoder.
struct PreparationReader {
  let reader: TokenizerJSONReader
  let isCharacters: Bool

  func read(_ members: [String: JSONValue], into pipeline: inout TextPipeline) throws {
    for step in try steps(members["normalizer"], "normalizers") { try readNormalizer(step, &pipeline) }
    if isCharacters {
      try readCharacterPieces(members, &pipeline)
    } else {
      try readSplitters(members["pre_tokenizer"], &pipeline)
    }
    try readDecoder(members["decoder"], &pipeline)
  }

  /// The steps of a Sequence; any other component is a single one.
  private func steps(_ value: JSONValue?, _ key: String) throws -> [JSONValue] {
    guard let value, value != .null else { return [] }
    guard value["type"]?.stringValue == "Sequence" else { return [value] }
    let steps = (value[key] ?? value["decoders"])?.arrayValue ?? []
    return try steps.flatMap { step in
      guard step["type"]?.stringValue != "Sequence" else { throw reader.unsupported("a Sequence within a Sequence") }
      return [step]
    }
  }

  private func name(_ step: JSONValue) -> String { step["type"]?.stringValue ?? step.kind }

  private func isReplacement(_ step: JSONValue, _ from: String, _ to: String) -> Bool {
    name(step) == "Replace" && step["pattern"]?["String"]?.stringValue == from && step["content"]?.stringValue == to
  }

  private func readNormalizer(_ step: JSONValue, _ pipeline: inout TextPipeline) throws {
    switch name(step) {
    case "NFC" where !isCharacters: pipeline.composes = true
    case "Prepend" where isCharacters && step["prepend"]?.stringValue == "▁": pipeline.spacePrefix = .everySection
    case "Replace" where isCharacters && isReplacement(step, " ", "▁"): break
    default: throw reader.unsupported("a tokenizer with the normalizer \(name(step))")
    }
  }

  private func readCharacterPieces(_ members: [String: JSONValue], _ pipeline: inout TextPipeline) throws {
    let replaces = try steps(members["normalizer"], "normalizers").contains { isReplacement($0, " ", "▁") }
    let pieces = try steps(members["pre_tokenizer"], "pretokenizers")
    guard let step = pieces.first else {
      guard replaces else { throw reader.unsupported("a vocabulary of characters that keeps spaces as they are") }
      return
    }
    guard pieces.count == 1, name(step) == "Metaspace", step["replacement"]?.stringValue ?? "▁" == "▁", !replaces else {
      throw reader.unsupported("a vocabulary of characters with the pre-tokenizer \(name(step))")
    }
    let scheme = step["prepend_scheme"]?.stringValue
    switch scheme ?? (step["add_prefix_space"]?.booleanValue ?? true ? "always" : "never") {
    case "always": pipeline.spacePrefix = .sectionsWithoutSpace
    case "first": pipeline.spacePrefix = .textWithoutSpace
    case "never": break
    case let other: throw reader.unsupported("a Metaspace whose prepend_scheme is \"\(other)\"")
    }
    pipeline.isCutAtSpaces = step["split"]?.booleanValue ?? true
  }

  private func readSplitters(_ value: JSONValue?, _ pipeline: inout TextPipeline) throws {
    var isByteLevel = false
    for step in try steps(value, "pretokenizers") {
      // Behind ByteLevel, patterns see the characters that stand for bytes; only digits look the same there.
      if isByteLevel, name(step) != "Digits", step["pattern"]?["Regex"]?.stringValue != "[0-9][0-9][0-9]" {
        throw reader.unsupported("the pre-tokenizer \(name(step)) behind ByteLevel")
      }
      switch name(step) {
      case "ByteLevel":
        isByteLevel = true
        if step["add_prefix_space"]?.booleanValue ?? true {
          guard pipeline.splitters.isEmpty else {
            throw reader.unsupported("a ByteLevel that puts a space before each piece of another pre-tokenizer")
          }
          pipeline.spacePrefix = .sectionsWithoutSpace
        }
        if step["use_regex"]?.booleanValue ?? true { pipeline.splitters.append(.gpt2) }
      case "Split": pipeline.splitters.append(try splitter(step))
      case "Digits":
        pipeline.splitters.append(step["individual_digits"]?.booleanValue ?? false ? .singleDigits : .digitRuns)
      case "Punctuation" where step["behavior"]?.stringValue == "Contiguous":
        pipeline.splitters.append(.runs(RunPattern(set: .punctuationAndSymbols)))
      default: throw reader.unsupported("a tokenizer with the pre-tokenizer \(name(step))")
      }
    }
    guard isByteLevel else { throw reader.unsupported("a vocabulary of bytes without the pre-tokenizer ByteLevel") }
  }

  private func splitter(_ step: JSONValue) throws -> Splitter {
    guard let pattern = step["pattern"]?["Regex"]?.stringValue else {
      throw reader.unsupported("a Split at a fixed text")
    }
    guard let splitter = Splitter(pattern: pattern) else {
      throw reader.unsupported("a Split with the pattern \(pattern)")
    }
    let behavior = step["behavior"]?.stringValue ?? "none"
    let isInverted = step["invert"]?.booleanValue ?? false
    // To keep matches and to remove what lies between them is the same where nothing lies between.
    guard behavior == "Isolated" || behavior == "Removed" && isInverted && splitter.matchesEverything else {
      throw reader.unsupported("a Split whose behavior is \"\(behavior)\"\(isInverted ? ", inverted" : "")")
    }
    return splitter
  }

  private func readDecoder(_ value: JSONValue?, _ pipeline: inout TextPipeline) throws {
    for step in try steps(value, "decoders") {
      switch name(step) {
      case "ByteLevel" where !isCharacters: return
      case "ByteFallback" where isCharacters, "Fuse" where isCharacters: break
      case "Replace" where isCharacters && isReplacement(step, "▁", " "): break
      case "Strip" where isCharacters && step["content"]?.stringValue == " " && step["start"]?.integerValue == 1:
        pipeline.stripsLeadingSpace = true
      case "Metaspace" where isCharacters: pipeline.stripsLeadingSpace = pipeline.spacePrefix != .none
      default: throw reader.unsupported("a tokenizer with the decoder \(name(step))")
      }
    }
    if !isCharacters { throw reader.unsupported("a tokenizer with the decoder none") }
  }
}
