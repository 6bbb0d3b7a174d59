import Foundation
import Tokenization

/// What has been said, and how it becomes a prompt.
struct Conversation {
  struct Turn {
    let user: String
    var assistant: String
  }

  private static let userMark = "User: "
  private static let assistantMark = "Assistant:"
  /// Where the model begins to speak for the user.
  static let stop = "\nUser:"

  var system: String?
  var turns: [Turn] = []

  /// The text whose continuation is the next answer.
  var prompt: String {
    let start = system.map { $0 + "\n\n" } ?? ""
    return start
      + turns.map { "\(Self.userMark)\($0.user)\n\(Self.assistantMark)\($0.assistant)" }.joined(separator: "\n")
  }

  /// The tokens of the prompt; the oldest turns go until they fit.
  /// - Returns: nil when the last turn alone does not fit; how many turns were left out.
  func tokens(_ tokenizer: ByteTokenizer, limit: Int) -> (tokens: [Int32], leftOut: Int)? {
    var kept = self
    while true {
      let tokens = tokenizer.encode(bytes: Data(kept.prompt.utf8))
      if tokens.count <= limit { return (tokens, turns.count - kept.turns.count) }
      guard kept.turns.count > 1 else { return nil }
      kept.turns.removeFirst()
    }
  }
}
