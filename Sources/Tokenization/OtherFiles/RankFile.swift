import Foundation

/// A file of ranks as tiktoken reads them: on each line a token in base64 and its number.
///
/// Such a file has neither splitter nor special tokens; both are known for the vocabularies that can be told by their
/// size.
enum RankFile {
  private enum Family {
    case llama3, qwen
  }

  /// Whether the data looks like such a file: base64, a space, a number.
  static func recognizes(_ data: Data) -> Bool {
    let line = data.prefix(4096).split(separator: UInt8(ascii: "\n"), maxSplits: 1).first ?? Data()
    return parse(line) != nil
  }

  /// - Throws: `TokenizerError`.
  static func tokenizer(_ data: Data, path: String) throws -> TextTokenizer {
    var tokens: [[UInt8]] = []
    for (number, line) in data.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let (token, rank) = parse(line), rank == number, !token.isEmpty else {
        throw TokenizerError.unreadable(
          path: path, reason: "line \(number + 1) is not a token in base64, a space and the rank \(number)")
      }
      tokens.append(token)
    }
    do {
      switch tokens.count {
      case 128_000: return try tokenizer(tokens, .llama3)
      case 151_643: return try tokenizer(tokens, .qwen)
      default:
        throw TokenizerError.unsupported(
          path: path,
          found: "a file of \(tokens.count) ranks, which says nothing of splitter and special tokens (known: 128000 of "
            + "Llama 3, 151643 of Qwen); take the model's tokenizer.json")
      }
    } catch let problem as VocabularyProblem {
      throw TokenizerError.unreadable(path: path, reason: problem.text)
    }
  }

  private static func parse(_ line: Data) -> (token: [UInt8], rank: Int)? {
    var line = line
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard parts.count == 2, let token = Data(base64Encoded: parts[0]),
      let rank = Int(String(decoding: parts[1], as: UTF8.self)), rank >= 0
    else { return nil }
    return (Array(token), rank)
  }

  private static func tokenizer(_ tokens: [[UInt8]], _ family: Family) throws -> TextTokenizer {
    let texts = family == .llama3 ? llama3Texts : qwenTexts
    let ordinary: Set<String> = family == .llama3 ? [] : ordinaryQwenTexts
    let added = texts.enumerated().map {
      AddedToken(id: Int32(tokens.count + $0), content: $1, isSpecial: !ordinary.contains($1))
    }
    func id(_ text: String) -> Int32? { added.first { $0.content == text }?.id }
    var pipeline = TextPipeline()
    var roles = TokenRoles()
    switch family {
    case .llama3:
      pipeline.splitters = [.llama3(digits: 3)]
      roles.beginningOfSequence = id("<|begin_of_text|>")
      roles.endOfSequence = id("<|end_of_text|>")
      roles.padding = id("<|finetune_right_pad_id|>")
      pipeline.beginning = [roles.beginningOfSequence].compactMap { $0 }
    case .qwen:
      pipeline.splitters = [.llama3(digits: 1)]
      pipeline.composes = true
      roles.endOfSequence = id("<|endoftext|>")
      roles.padding = id("<|endoftext|>")
    }
    return try TextTokenizer(
      model: .ranked(tokens), pipeline: pipeline, addedTokens: added, roles: roles)
  }

  private static let llama3Texts: [String] = {
    let named = [
      "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>",
      "<|finetune_right_pad_id|>", "<|step_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>",
      "<|eot_id|>", "<|python_tag|>", "<|image|>",
    ]
    return named + (0..<256 - named.count).map { "<|reserved_special_token_\($0 + 2)|>" }
  }()

  private static let qwenTexts =
    ["endoftext", "im_start", "im_end", "object_ref_start", "object_ref_end", "box_start", "box_end", "quad_start"]
    .map { "<|\($0)|>" }
    + ["quad_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"].map { "<|\($0)|>" }
    + ["<tool_call>", "</tool_call>"]
    + ["fim_prefix", "fim_middle", "fim_suffix", "fim_pad", "repo_name", "file_sep"].map { "<|\($0)|>" }

  /// Found in every text, as ordinary tokens are.
  private static let ordinaryQwenTexts: Set<String> = Set(qwenTexts.suffix(8))
}
