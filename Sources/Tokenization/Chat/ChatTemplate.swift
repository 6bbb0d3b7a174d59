/// How a conversation is written as tokens: the same for training, chat and exported files.
public enum ChatTemplate: String, CaseIterable, Sendable {
  /// BitNet b1.58 2B4T: `Role: content<|eot_id|>` without line breaks.
  case bitnet
  case llama3
  case chatml
  case alpaca
  /// The prompt, the answer and the end of the text, with nothing between them.
  case plain
}
