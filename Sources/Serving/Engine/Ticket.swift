/// A request that was accepted, on its way through the engine.
package struct Ticket: Sendable {
  package let id: RequestID
  let request: GenerationRequest
  /// Under which the answer may be kept; nil: it may not.
  let key: ResponseKey?
  let submitted: ContinuousClock.Instant
  let sink: EventSink

  package init(
    id: RequestID, request: GenerationRequest, key: ResponseKey?, submitted: ContinuousClock.Instant, sink: EventSink
  ) {
    (self.id, self.request, self.key, self.submitted, self.sink) = (id, request, key, submitted, sink)
  }
}

/// Where the events of a request go. Never blocks: who reads slowly has as many events before him as tokens were asked for.
package struct EventSink: Sendable {
  let send: @Sendable (GenerationEvent) -> Void
  /// nil: nothing went wrong.
  let end: @Sendable ((any Error)?) -> Void

  package init(
    send: @escaping @Sendable (GenerationEvent) -> Void, end: @escaping @Sendable ((any Error)?) -> Void
  ) {
    (self.send, self.end) = (send, end)
  }

  /// A whole answer at once.
  func replay(_ events: [GenerationEvent]) {
    for event in events { send(event) }
    end(nil)
  }
}
