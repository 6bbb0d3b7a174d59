import Serving

/// The engine without its thread: tests say when a forward pass comes, and what time it is.
final class SteppedEngine {
  let model: ServedModel
  let configuration: EngineConfiguration
  let intake: Intake
  var now = ContinuousClock.now
  private let scheduler: Scheduler

  init(_ model: ServedModel, _ configuration: EngineConfiguration) {
    self.model = model
    self.configuration = configuration
    intake = Intake(configuration)
    scheduler = Scheduler(model, configuration, intake)
  }

  func submit(_ request: GenerationRequest) throws -> (id: RequestID, log: EventLog) {
    let log = EventLog()
    let key = request.isDeterministic ? ResponseKey(request, model: model.fingerprint) : nil
    let ticket = Ticket(id: intake.newID(), request: request, key: key, submitted: now, sink: log.sink)
    try intake.submit(ticket)
    return (ticket.id, log)
  }

  @discardableResult
  func tick() -> Bool { scheduler.tick(at: now) }

  /// - Returns: how many forward passes it took.
  @discardableResult
  func finish() -> Int {
    var count = 0
    while tick() { count += 1 }
    return count
  }
}
