import FileFormats

/// The keys that a kind of request may have.
///
/// A key that would change the answer and is not followed is refused, never ignored: so are all that are not known. Those that
/// change nothing here (`user`, `metadata`, hints for caches and billing) are accepted. null is the same as a key that is not
/// there.
package struct RequestKeys: Sendable {
  enum Use: Sendable {
    case followed
    case changesNothing
    /// Accepted with values that ask for what happens anyway.
    case only([JSONValue], otherwise: String)
  }

  let uses: [String: Use]

  /// Those that are known, with all values or with some.
  package var names: Set<String> { Set(uses.keys) }

  /// Those whose values are followed.
  package var followed: Set<String> {
    Set(uses.filter { if case .followed = $1 { true } else { false } }.keys)
  }

  private init(followed: [String], _ others: [[String: Use]]) {
    var uses = Dictionary(uniqueKeysWithValues: followed.map { ($0, Use.followed) })
    for other in others { uses.merge(other) { first, _ in first } }
    self.uses = uses
  }

  /// - Throws: `APIError` about the first key, by name, that is not accepted.
  func check(_ members: [String: JSONValue]) throws {
    for (key, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
      switch uses[key] {
      case .followed, .changesNothing: continue
      case .only(let values, let otherwise):
        if !values.contains(value) { throw APIError.unsupported(key, otherwise) }
      case nil:
        throw APIError.invalid(
          "the key \"\(key.printable())\" is not known here, and it may not be ignored.", param: key.printable(),
          code: "unknown_parameter")
      }
    }
  }

  static let sampling = [
    "model", "n", "stop", "seed", "stream", "stream_options", "max_tokens", "temperature", "top_p", "top_k", "min_p",
    "repetition_penalty", "repeat_penalty", "presence_penalty", "frequency_penalty", "logit_bias", "logprobs",
    "response_format",
  ]

  private static let harmless: [String: Use] = [
    "user": .changesNothing, "metadata": .changesNothing, "service_tier": .changesNothing,
    "safety_identifier": .changesNothing, "prompt_cache_key": .changesNothing,
    "prompt_cache_retention": .changesNothing, "cache_prompt": .changesNothing, "prediction": .changesNothing,
    "store": .only([false], otherwise: "answers are not stored"),
  ]

  package static let chat = RequestKeys(
    followed: sampling + [
      "messages", "max_completion_tokens", "top_logprobs", "tools", "tool_choice", "parallel_tool_calls",
    ],
    [
      harmless,
      [
        "functions": .only([[]], otherwise: "\"tools\" took their place"),
        "function_call": .only(["none", "auto"], otherwise: "\"tool_choice\" took its place"),
        "modalities": .only([["text"]], otherwise: "answers are text"),
        "audio": .only([], otherwise: "answers are text"),
        "reasoning_effort": .only(["none"], otherwise: "the model does not reason apart from its answer"),
        "verbosity": .only(["medium"], otherwise: "the model has one way to answer"),
        "web_search_options": .only([], otherwise: "there is no search"),
        "moderation": .only([], otherwise: "there is no moderation"),
      ],
    ])

  package static let completion = RequestKeys(
    followed: sampling + ["prompt", "echo", "best_of"],
    [harmless, ["suffix": .only([""], otherwise: "models here continue texts, they do not fill gaps")]])

  static let tokenize = RequestKeys(followed: ["content", "add_special", "model"], [])
  static let detokenize = RequestKeys(followed: ["tokens", "model"], [])
  static let batch = RequestKeys(followed: ["requests"], [])
}
