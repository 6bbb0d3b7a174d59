import FileFormats

/// Reads which tokens a tokenizer.json puts around a sequence.
struct PostProcessorReader {
  let reader: TokenizerJSONReader

  func read(_ value: JSONValue?, into pipeline: inout TextPipeline) throws {
    guard let value, value != .null else { return }
    switch value["type"]?.stringValue {
    case "ByteLevel": return
    case "Sequence":
      for step in value["processors"]?.arrayValue ?? [] {
        guard step["type"]?.stringValue != "Sequence" else { throw reader.unsupported("a Sequence within a Sequence") }
        try read(step, into: &pipeline)
      }
    case "TemplateProcessing": try readTemplate(value, &pipeline)
    case let other: throw reader.unsupported("a tokenizer with the post-processor \(other ?? "without a type")")
    }
  }

  private func readTemplate(_ value: JSONValue, _ pipeline: inout TextPipeline) throws {
    guard let pieces = value["single"]?.arrayValue else {
      throw VocabularyProblem("post_processor.single is missing or no list")
    }
    var sequences = 0
    for piece in pieces {
      if let sequence = piece["Sequence"] {
        guard sequence["id"]?.stringValue == "A" else {
          throw reader.unsupported("a template of one text with another than A")
        }
        sequences += 1
      } else if let name = piece["SpecialToken"]?["id"]?.stringValue {
        guard let ids = value["special_tokens"]?[name]?["ids"]?.arrayValue?.map({ $0.integerValue }) else {
          throw VocabularyProblem("post_processor.special_tokens lacks the ids of \"\(name)\"")
        }
        let tokens = ids.compactMap { $0.flatMap(Int32.init(exactly:)) }
        guard tokens.count == ids.count else {
          throw VocabularyProblem("post_processor.special_tokens: an id of \"\(name)\" is no id")
        }
        if sequences == 0 { pipeline.beginning += tokens } else { pipeline.end += tokens }
      } else {
        throw VocabularyProblem("post_processor.single has a piece that is neither Sequence nor SpecialToken")
      }
    }
    guard sequences == 1 else { throw reader.unsupported("a template that has the text \(sequences) times") }
  }
}
