import Inference

/// What goes through the model in one forward pass: a token of every choice that is being continued, guesses behind them
/// while these are few, and rows of prompts, those of the request that was first before those of the others.
struct BatchPlan {
  /// Whom logits are for.
  enum Receiver {
    case choice(RunningChoice, RunningRequest)
    /// All choices of a request whose prompt is done.
    case prompt(RunningRequest)
  }

  private(set) var segments: [ForwardPass.Segment] = []
  /// In the order of the logits, each with how many rows of them it gets.
  private(set) var receivers: [(receiver: Receiver, rows: Int)] = []

  init(_ requests: [RunningRequest], _ configuration: EngineConfiguration) {
    let continuing = requests.flatMap { request in request.choices.filter(\.isContinuing).map { ($0, request) } }
    for (choice, request) in continuing {
      let tokens = choice.nextTokens(guesses: configuration.draftRows / continuing.count - 1)
      segments.append(.init(choice.sequence, appending: tokens, logits: .all))
      receivers.append((.choice(choice, request), tokens.count))
    }
    var rows = segments.isEmpty ? configuration.idlePrefillChunk : configuration.prefillChunk
    for request in requests where rows > 0 {
      let rest = request.restOfPrompt
      guard !rest.isEmpty else { continue }
      let part = rest.prefix(rows)
      let isLast = part.count == rest.count
      segments.append(.init(request.choices[0].sequence, appending: part, logits: isLast ? .last : .none))
      if isLast { receivers.append((.prompt(request), 1)) }
      rows -= part.count
    }
  }

  var tokenCount: Int { segments.reduce(0) { $0 + $1.tokens.count } }
}
