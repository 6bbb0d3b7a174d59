import Inference

/// What goes through the model in one forward pass: a token of every choice that is being continued, and rows of prompts,
/// those of the request that was first before those of the others.
struct BatchPlan {
  /// Whom logits are for.
  enum Receiver {
    case choice(RunningChoice, RunningRequest)
    /// All choices of a request whose prompt is done.
    case prompt(RunningRequest)
  }

  private(set) var segments: [ForwardPass.Segment] = []
  /// In the order of the logits.
  private(set) var receivers: [Receiver] = []

  init(_ requests: [RunningRequest], _ configuration: EngineConfiguration) {
    for request in requests {
      for choice in request.choices {
        guard let token = choice.pendingToken else { continue }
        segments.append(.init(choice.sequence, appending: [token]))
        receivers.append(.choice(choice, request))
      }
    }
    var rows = segments.isEmpty ? configuration.idlePrefillChunk : configuration.prefillChunk
    for request in requests where rows > 0 {
      let rest = request.restOfPrompt
      guard !rest.isEmpty else { continue }
      let part = rest.prefix(rows)
      let isLast = part.count == rest.count
      segments.append(.init(request.choices[0].sequence, appending: part, logits: isLast ? .last : .none))
      if isLast { receivers.append(.prompt(request)) }
      rows -= part.count
    }
  }

  var tokenCount: Int { segments.reduce(0) { $0 + $1.tokens.count } }
}
