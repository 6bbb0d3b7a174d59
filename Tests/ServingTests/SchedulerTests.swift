import Inference
import Testing

import Serving
import ServingTestSupport

@Suite struct SchedulerTests {
  private let model: ServedModel
  private var configuration = EngineConfiguration()

  init() throws {
    model = try SmallModel.make()
    configuration.slots = 2
    (configuration.prefillChunk, configuration.idlePrefillChunk) = (8, 16)
  }

  private func request(
    _ prompt: [Int32], tokens: Int = 10, client: String = "", choices: Int = 1, seed: UInt64? = nil
  ) throws -> GenerationRequest {
    GenerationRequest(
      prompt: prompt,
      options: GenerationOptions(maximumNewTokens: tokens, sampling: try SamplingOptions(seed: seed ?? 0)),
      hasExplicitSeed: seed != nil, choices: choices, client: client)
  }

  private func engine(_ change: (inout EngineConfiguration) -> Void) -> SteppedEngine {
    var configuration = configuration
    change(&configuration)
    return SteppedEngine(model, configuration)
  }

  @Test func promptsComeInPartsBesideTheTokensOfOthers() throws {
    let engine = SteppedEngine(model, configuration)
    let first = try engine.submit(request(SmallModel.tokens(33)))
    // 16 + 16 + 1 rows and 9 tokens.
    #expect(engine.finish() == 3 + 9 && first.log.usage?.completionTokens == 10)
    let second = try engine.submit(request([1], tokens: 20))
    engine.tick()
    let third = try engine.submit(request(SmallModel.tokens(33, seed: 8), tokens: 1))
    for _ in 0..<5 { #expect(!third.log.isOver && engine.tick()) }
    #expect(third.log.isOver && !second.log.isOver)
  }

  @Test(arguments: [0, 1, 5])
  func cancellingEndsOneRequestWithinATick(ticks: Int) throws {
    let engine = SteppedEngine(model, configuration)
    // Decoding, in its prompt, in the queue.
    let sent = try [SmallModel.tokens(2), SmallModel.tokens(90), SmallModel.tokens(5)].map {
      try engine.submit(request($0, tokens: 30))
    }
    for _ in 0..<ticks { engine.tick() }
    for index in sent.indices {
      engine.intake.cancel(sent[index].id)
      engine.tick()
      #expect(sent[index].log.servingError == .cancelled)
      #expect(sent.map(\.log.isOver) == (0..<3).map { $0 <= index })
    }
    #expect(engine.intake.load == EngineLoad(waiting: 0, running: 0, keptAnswers: 0))
    // One that is over, and one that never was.
    engine.intake.cancel(sent[0].id)
    engine.intake.cancel(engine.intake.newID())
    #expect(!engine.tick())
  }

  @Test func requestsBeyondTheLimitWaitThoughThereAreSlots() throws {
    let engine = engine {
      $0.slots = 4
      $0.concurrencyLimit = 2
    }
    let sent = try (0..<3).map { try engine.submit(request([1, Int32($0)], tokens: 5)) }
    engine.tick()
    #expect(engine.intake.load == EngineLoad(waiting: 1, running: 2, keptAnswers: 0))
    engine.finish()
    #expect(sent.map(\.log.isOver) == [true, true, true])
  }

  @Test func theBeginningOfACancelledRequestIsKept() throws {
    let engine = SteppedEngine(model, configuration)
    let prompt = SmallModel.tokens(60)
    let first = try engine.submit(request(prompt))
    engine.tick()
    engine.tick()
    engine.intake.cancel(first.id)
    engine.tick()
    let second = try engine.submit(request(prompt, seed: 1))
    engine.finish()
    #expect(second.log.usage == Usage(promptTokens: 60, cachedTokens: 32, completionTokens: 10))
    let third = try engine.submit(request(prompt, tokens: 3, seed: 1))
    engine.finish()
    #expect(third.log.usage?.cachedTokens == 59)
  }

  @Test func aFullQueueSaysWhenToComeBack() throws {
    let engine = self.engine { $0.queueLimit = 2 }
    for _ in 0..<2 { _ = try engine.submit(request([1])) }
    #expect(throws: ServingError.queueFull(waiting: 2, retryAfter: .seconds(1))) { try engine.submit(request([1])) }
    engine.intake.report(tokens: 10, seconds: 20)
    #expect(throws: ServingError.queueFull(waiting: 2, retryAfter: .seconds(44))) { try engine.submit(request([1])) }
    engine.tick()
    _ = try engine.submit(request([1]))
  }

  @Test func clientsTakeTurns() throws {
    let engine = self.engine { $0.slots = 1 }
    let logs = try ["a", "a", "a", "b"].map { try engine.submit(request([1], tokens: 1, client: $0)).log }
    engine.tick()
    engine.tick()
    #expect(logs.map(\.isOver) == [true, false, false, true])
  }

  @Test func waitingAndWorkingHaveLimits() throws {
    let engine = self.engine {
      ($0.slots, $0.queueWaitLimit, $0.requestTimeout) = (1, .seconds(5), .seconds(20))
    }
    let first = try engine.submit(request([1], tokens: 100))
    engine.tick()
    let second = try engine.submit(request([1]))
    engine.now += .seconds(5)
    engine.tick()
    #expect(second.log.servingError == .queueWaitExceeded(limit: .seconds(5)) && !first.log.isOver)
    engine.now += .seconds(15)
    engine.tick()
    #expect(first.log.servingError == .requestTimedOut(limit: .seconds(20)))
  }

  @Test func whatIsNotDoneInTimeEndsWhenTheServiceDoes() throws {
    let engine = self.engine { $0.slots = 1 }
    let logs = try (0..<2).map { _ in try engine.submit(request([1], tokens: 5)).log }
    engine.tick()
    engine.intake.close(at: engine.now + .seconds(1))
    #expect(throws: ServingError.shuttingDown) { try engine.submit(request([1])) }
    for _ in 0..<5 { engine.tick() }
    #expect(logs[0].isOver && logs[0].error == nil)
    engine.now += .seconds(1)
    #expect(!engine.tick() && logs[1].servingError == .shuttingDown)
    #expect(!engine.intake.waitForNews())
  }

  @Test func aNumberThatIsNoneFailsItsOwnRequestAlone() throws {
    let others = [SmallModel.tokens(20), SmallModel.tokens(20, seed: 6)]
    let engine = self.engine { $0.slots = 4 }
    let expected = try others.map { try Answer.alone(request($0), model, configuration) }
    let first = try engine.submit(request(others[0]))
    let damaged = try engine.submit(request([5, SmallModel.damagingToken, 6, 7], choices: 2))
    let second = try engine.submit(request(others[1]))
    engine.finish()
    guard case .logitNotFinite? = damaged.log.error as? InferenceError else {
      Issue.record("\(String(describing: damaged.log.error))")
      return
    }
    #expect([first, second].map { $0.log.answers() } == expected)
    // Nobody begins with what it left.
    let again = try engine.submit(request([5, SmallModel.damagingToken, 6, 7]))
    let clean = try engine.submit(request([5, 4, 6, 7]))
    engine.finish()
    #expect(again.log.error is InferenceError && clean.log.usage?.cachedTokens == 0)
  }

  @Test func choicesHaveSeedsOfTheirOwn() throws {
    let engine = self.engine { $0.slots = 3 }
    let whole = try engine.submit(request(SmallModel.tokens(30), choices: 3, seed: 40))
    let passes = engine.finish()
    #expect(passes == 2 + 9 && whole.log.usage == Usage(promptTokens: 30, cachedTokens: 0, completionTokens: 30))
    for choice in 0..<3 {
      let alone = try Answer.alone(request(SmallModel.tokens(30), seed: 40 + UInt64(choice)), model, configuration)
      #expect(whole.log.answers(3)[choice] == alone[0])
    }
  }

  @Test func onlyDeterministicAnswersAreKept() throws {
    let engine = SteppedEngine(model, configuration)
    let logs = try [nil, 5, nil, 5].map { (seed: UInt64?) in
      let log = try engine.submit(request([1, 2, 3], seed: seed)).log
      engine.finish()
      return log
    }
    #expect(engine.intake.load.keptAnswers == 1)
    #expect(logs[3].events == logs[1].events && logs[1].usage?.cachedTokens == 2)
    // At once, without a slot.
    let full = try engine.submit(request([1, 2, 3], seed: 5))
    #expect(full.log.isOver && full.log.events == logs[1].events)
    // Two of a kind in the queue: the second one finds the answer of the first.
    let other = self.engine { $0.slots = 1 }
    let pair = try (0..<2).map { _ in try other.submit(request([1, 2, 3], seed: 5)) }
    #expect(other.finish() == 10 && pair[0].log.events == pair[1].log.events)
  }

  /// A text that repeats itself takes fewer passes, whatever the temperature; what is drawn is the same.
  @Test(arguments: [0, 2, 4, 9])
  func guessesSavePassesAndChangeNothing(draftRows: Int) throws {
    let engine = engine { $0.draftRows = draftRows }
    // Either of two tokens, at random at temperature 1: about half of the guesses are good.
    for (temperature, bias) in [(0.0, [65: 100.0]), (1, [65: 98, 66: 98])] as [(Double, [Int32: Double])] {
      let request = GenerationRequest(
        prompt: SmallModel.tokens(10),
        options: GenerationOptions(
          maximumNewTokens: 60,
          sampling: try SamplingOptions(temperature: temperature, logitBias: bias, seed: 8),
          likeliestLogProbabilities: 1))
      let log = try engine.submit(request).log
      let passes = engine.finish()
      #expect(log.answers() == (try Answer.alone(request, model, configuration)))
      #expect(log.usage?.completionTokens == 60)
      if draftRows == 0 { #expect(passes == 60) } else { #expect(passes < 55) }
      if draftRows == 4 && temperature == 0 { #expect(passes < 22) }
    }
  }

  @Test func noTokensNeedNoSlot() throws {
    let engine = SteppedEngine(model, configuration)
    let log = try engine.submit(request([1, 2], tokens: 0, choices: 2)).log
    #expect(!engine.tick() && log.answers(2).map(\.finishReason) == [.maximumNewTokens, .maximumNewTokens])
    #expect(log.usage == Usage(promptTokens: 2, cachedTokens: 0, completionTokens: 0))
  }
}
