import Inference
import Kernels
import Testing

import Serving
import ServingTestSupport

/// The engine with its thread.
@Suite struct EngineTests {
  private let model: ServedModel

  init() throws { model = try SmallModel.make() }

  private func request(_ prompt: [Int32], tokens: Int = 20, seed: UInt64 = 1) throws -> GenerationRequest {
    GenerationRequest(
      prompt: prompt,
      options: GenerationOptions(maximumNewTokens: tokens, sampling: try SamplingOptions(seed: seed)),
      hasExplicitSeed: true)
  }

  /// One that no token of the model ends within the time of a test.
  private func endless() throws -> (engine: Engine, request: GenerationRequest) {
    let model = try SmallModel.make(positions: 20_000)
    let end = try #require(model.tokenizer.endOfSequenceTokenID)
    let sampling = try SamplingOptions(logitBias: [end: -100], seed: 1)
    let request = GenerationRequest(
      prompt: [1], options: GenerationOptions(maximumNewTokens: 19_000, sampling: sampling), hasExplicitSeed: true)
    return (Engine(model), request)
  }

  private func events(_ stream: GenerationStream) async throws -> [GenerationEvent] {
    var events: [GenerationEvent] = []
    for try await event in stream.events { events.append(event) }
    return events
  }

  @Test func manyClientsGetTheAnswersTheyWouldGetAlone() async throws {
    let engine = Engine(model)
    let requests = try (0..<24).map {
      try request(SmallModel.tokens($0 * 3 % 40 + 1, seed: UInt64($0 % 5)), seed: UInt64($0))
    }
    let expected = try requests.map { try Answer.alone($0, model, engine.configuration) }
    try await withThrowingTaskGroup(of: (Int, [GenerationEvent]).self) { group in
      for (index, request) in requests.enumerated() {
        group.addTask { (index, try await self.events(engine.submit(request))) }
      }
      for try await (index, events) in group { #expect(EventLog.answers(events) == expected[index]) }
    }
    await engine.drain(within: .seconds(60))
    #expect(engine.load.waiting == 0 && engine.load.running == 0)
  }

  @Test func aReaderWhoDoesNotReadHoldsUpNobody() async throws {
    let engine = Engine(model)
    let unread = try engine.submit(request([1], tokens: 100))
    #expect(try await events(engine.submit(request([2], tokens: 120, seed: 3))).isEmpty == false)
    // Everything that he was sent is still there.
    #expect(
      EventLog.answers(try await events(unread))
        == (try Answer.alone(request([1], tokens: 100), model, engine.configuration)))
  }

  @Test func whoeverLeavesCancelsHisOwnRequest() async throws {
    let (engine, endless) = try endless()
    let reading = Task { try await events(engine.submit(endless)) }
    let other = try engine.submit(request([2], tokens: 100))
    for try await _ in other.events.prefix(3) {}
    reading.cancel()
    // What he was sent until then, or nothing and that it was cancelled.
    switch await reading.result {
    case .success(let events): #expect(EventLog.answers(events)[0].finishReason == nil)
    case .failure(let error): #expect(error as? ServingError == .cancelled)
    }
    await engine.drain(within: .seconds(600))
    #expect(engine.load == EngineLoad(waiting: 0, running: 0, keptAnswers: 1))
  }

  @Test func cancellingByNumberEndsTheStreamWithAnError() async throws {
    let (engine, endless) = try endless()
    let stream = try engine.submit(endless)
    engine.cancel(stream.id)
    await #expect(throws: ServingError.cancelled) { _ = try await self.events(stream) }
  }

  @Test func drainingIsBounded() async throws {
    let (engine, endless) = try endless()
    let stream = try engine.submit(endless)
    await engine.drain(within: .milliseconds(50))
    await #expect(throws: ServingError.shuttingDown) { _ = try await self.events(stream) }
    #expect(throws: ServingError.shuttingDown) { try engine.submit(request([1])) }
    await engine.drain(within: .seconds(1))
  }

  @Test func anEngineThatIsDroppedEnds() async throws {
    func dropped() throws -> GenerationStream {
      let (engine, endless) = try endless()
      return try engine.submit(endless)
    }
    let stream = try dropped()
    await #expect(throws: ServingError.shuttingDown) { _ = try await self.events(stream) }
  }

  @Test func requestsThatCannotBeAnsweredAreRefused() throws {
    var configuration = EngineConfiguration()
    (configuration.slots, configuration.contextLimit) = (2, 30)
    let engine = Engine(model, configuration: configuration)
    #expect(throws: ServingError.contextLengthExceeded(promptTokens: 31, limit: 30)) {
      try engine.submit(request(SmallModel.tokens(31)))
    }
    #expect(throws: InferenceError.noTokens) { try engine.submit(request([])) }
    #expect(throws: InferenceError.tokenOutOfRange(token: 264, vocabularySize: 264)) {
      try engine.submit(request([1, 264]))
    }
    var three = try request([1])
    three.choices = 3
    #expect(throws: ServingError.tooManyChoices(requested: 3, slots: 2)) { try engine.submit(three) }
    #expect(engine.contextLimit == 30)
  }
}
