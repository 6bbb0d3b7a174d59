import FileFormats
import Tokenization

/// The vocabulary of a GGUF file: keys without which other programs stop or write gibberish.
struct TokenizerVerification {
  private static let controlType: Int32 = 3
  private(set) var problems: [String] = []
  private let file: GGUFFile

  init(_ file: GGUFFile) {
    self.file = file
    guard case .string(let model)? = file.metadata["tokenizer.ggml.model"] else {
      problems.append("tokenizer.ggml.model is missing or not a string")
      return
    }
    guard case .array(let array)? = file.metadata["tokenizer.ggml.tokens"], let tokens = array.byteStrings else {
      problems.append("tokenizer.ggml.tokens is missing or not an array of strings")
      return
    }
    let repeated = tokens.count - Set(tokens).count
    if repeated > 0 { problems.append("tokenizer.ggml.tokens: \(repeated) tokens occur more than once") }
    for key in ["token_type", "scores"] {
      guard case .array(let values)? = file.metadata["tokenizer.ggml.\(key)"], values.count != tokens.count
      else { continue }
      problems.append("tokenizer.ggml.\(key) has \(values.count) entries for \(tokens.count) tokens")
    }
    checkSpecialTokens(count: tokens.count)
    if model == "gpt2" { checkBytePairs() }
    if case .string(let prefix)? = file.metadata["general.architecture"],
      let size = file.metadata["\(prefix).vocab_size"]?.integerValue, size != tokens.count
    {
      problems.append("\(prefix).vocab_size is \(size), tokenizer.ggml.tokens has \(tokens.count) entries")
    }
    checkChatTemplate()
  }

  /// Ids of special tokens name control tokens: others would be shown as text, and found in text.
  private mutating func checkSpecialTokens(count: Int) {
    var types: [Int32] = []
    if case .array(let array)? = file.metadata["tokenizer.ggml.token_type"] { types = array.int32s ?? [] }
    for entry in file.metadata.entries {
      guard entry.key.hasPrefix("tokenizer.ggml."), entry.key.hasSuffix("_token_id") else { continue }
      guard let id = entry.value.integerValue, (0..<count).contains(id) else {
        problems.append("\(entry.key) names no token of the \(count)")
        continue
      }
      if types.indices.contains(id), types[id] != Self.controlType {
        problems.append("\(entry.key) is \(id), whose tokenizer.ggml.token_type is \(types[id]), expected 3 (control)")
      }
    }
  }

  private mutating func checkBytePairs() {
    if file.metadata["tokenizer.ggml.merges"] == nil { problems.append("tokenizer.ggml.merges is missing") }
    if file.metadata["tokenizer.ggml.pre"] == nil {
      problems.append("tokenizer.ggml.pre is missing; other programs then guess how to split text")
    }
    if file.metadata["tokenizer.ggml.eos_token_id"] == nil {
      problems.append("tokenizer.ggml.eos_token_id is missing; other programs then end texts at token 11")
    }
  }

  /// A template writes conversations, is made of tokens that are there, and the one that ends an answer is known as such.
  private mutating func checkChatTemplate() {
    do {
      guard let template = try ChatTemplate(gguf: file),
        let tokenizer = try? TokenizerFiles.open(gguf: file)
      else { return }
      let conversation = [ChatMessage(role: .user, content: "a"), ChatMessage(role: .assistant, content: "b")]
      _ = try template.text(conversation)
      try template.requireSpecialTokens(of: tokenizer)
      let end = try template.endTokenID(tokenizer)
      let ends = ["eos", "eot", "eom"].compactMap { file.metadata["tokenizer.ggml.\($0)_token_id"]?.integerValue }
      if !ends.contains(Int(end)) {
        problems.append(
          "\(ChatTemplate.ggufKey) ends answers with token \(end), which neither tokenizer.ggml.eos_token_id nor "
            + "eot_token_id names; other programs would go on")
      }
    } catch {
      problems.append("\(ChatTemplate.ggufKey): \(error)")
    }
  }
}
