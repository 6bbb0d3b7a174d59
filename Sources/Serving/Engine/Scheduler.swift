import Inference

/// Decides, one forward pass after the other, what goes through the model. Owned by one thread.
///
/// What a request gets does not depend on its company: rows have the same bits in every batch, and prefixes that are
/// taken over have the bits of computing them.
package final class Scheduler {
  private let model: ServedModel
  private let configuration: EngineConfiguration
  private let intake: Intake
  private let pass: ForwardPass
  private var slots: SlotPool
  /// In the order in which they began.
  private var running: [RunningRequest] = []

  package init(_ model: ServedModel, _ configuration: EngineConfiguration, _ intake: Intake) {
    self.model = model
    self.configuration = configuration
    self.intake = intake
    pass = ForwardPass(model.runtime, rowCapacity: configuration.rowCapacity)
    slots = SlotPool(count: configuration.slots) {
      SequenceState(model.runtime, positionLimit: configuration.contextLimit, cache: configuration.keyValues)
    }
  }

  /// One forward pass, and all that is to be decided before it.
  /// - Returns: false when there was nothing to compute.
  package func tick(at now: ContinuousClock.Instant) -> Bool {
    follow(intake.orders(at: now), at: now)
    let limit = configuration.concurrencyLimit ?? configuration.slots
    while running.count < limit, let ticket = intake.next(fitting: slots.idleCount) { begin(ticket) }
    let hasWork = !running.isEmpty
    if hasWork { compute() }
    intake.report(running: running.count)
    return hasWork
  }

  // MARK: - Coming and going

  private func follow(_ orders: Intake.Orders, at now: ContinuousClock.Instant) {
    for ticket in orders.late {
      ticket.sink.end(intake.waitError(of: ticket, at: now) ?? ServingError.shuttingDown)
    }
    for request in running {
      if orders.cancelled.contains(request.ticket.id) {
        fail(request, ServingError.cancelled)
      } else if now - request.ticket.submitted >= configuration.requestTimeout {
        fail(request, ServingError.requestTimedOut(limit: configuration.requestTimeout))
      } else if orders.isTimeUp {
        fail(request, ServingError.shuttingDown)
      }
    }
  }

  private func begin(_ ticket: Ticket) {
    let request = ticket.request
    if let events = request.eventsWithoutTokens ?? intake.knownEvents(for: ticket) {
      return ticket.sink.replay(events)
    }
    var places = [slots.take(for: request.prompt)]
    while places.count < request.choices { places.append(slots.takeAnother()) }
    let choices = places.compactMap { $0 }.enumerated().map { RunningChoice($0, of: request, in: $1, model) }
    running.append(RunningRequest(ticket, choices: choices))
  }

  /// Its slots are free at once, and what they hold is kept for others.
  private func fail(_ request: RunningRequest, _ error: any Error, isDamaged: Bool = false) {
    running.removeAll { $0 === request }
    for choice in request.choices { leaveSlot(choice, isDamaged: isDamaged) }
    request.ticket.sink.end(error)
  }

  private func leaveSlot(_ choice: RunningChoice, isDamaged: Bool = false) {
    if let slot = choice.leaveSlot() { slots.release(slot, isDamaged: isDamaged) }
  }

  // MARK: - Computing

  private func compute() {
    let plan = BatchPlan(running, configuration)
    let clock = ContinuousClock()
    let start = clock.now
    let logits: [Float]
    do {
      logits = try pass.append(plan.segments)
    } catch {
      // Requests were checked when they came.
      for request in running { fail(request, error) }
      return
    }
    intake.report(tokens: plan.tokenCount, seconds: (clock.now - start) / .seconds(1))
    let width = model.runtime.vocabularySize
    var first = 0
    for (receiver, count) in plan.receivers {
      let rows = (first..<first + count).map { Array(logits[$0 * width..<($0 + 1) * width]) }
      switch receiver {
      case .choice(let choice, let request): advance([choice], of: request) { try request.advance(choice, rows) }
      case .prompt(let request): advance(request.choices, of: request) { try request.beginChoices(rows[0]) }
      }
      first += count
    }
  }

  /// A failure is one of this request alone.
  private func advance(_ choices: [RunningChoice], of request: RunningRequest, _ body: () throws -> Void) {
    guard running.contains(where: { $0 === request }) else { return }
    do {
      try body()
    } catch {
      return fail(request, error, isDamaged: true)
    }
    for choice in choices where choice.isOver { leaveSlot(choice) }
    guard request.isOver else { return }
    running.removeAll { $0 === request }
    let events = request.complete()
    if let key = request.ticket.key { intake.keep(events, for: key) }
  }
}
