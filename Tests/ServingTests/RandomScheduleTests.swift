import Foundation
import Inference
import Kernels
import Testing

import Serving
import ServingTestSupport

/// The headline: an answer has the same bytes whatever the load.
@Suite struct RandomScheduleTests {
  /// A request that was sent.
  private struct Sent {
    let request: GenerationRequest
    let id: RequestID
    let log: EventLog
    var isCancelled = false
  }

  @Test(arguments: [true, false], KeyValuePrecision.allCases)
  func everyAnswerIsTheOneThatIsGivenAlone(isTernary: Bool, keyValues: KeyValuePrecision) throws {
    let model = try SmallModel.make(isTernary: isTernary)
    let requests = try Self.requests(model)
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        var configuration = EngineConfiguration()
        configuration.keyValues = keyValues
        configuration.contextLimit = 100
        let expected = try requests.map { try Answer.alone($0, model, configuration) }
        for (slots, cacheBytes) in [(1, 0), (3, 1 << 20), (6, 0)] {
          configuration.slots = max(slots, 3)
          configuration.prefillChunk = slots == 3 ? 7 : 32
          configuration.idlePrefillChunk = slots == 3 ? 19 : 64
          configuration.draftRows = slots == 1 ? 0 : 2 * slots
          configuration.responseCacheBytes = cacheBytes
          var all = Totals()
          for schedule in 0..<Self.schedules {
            let totals = try run(
              SteppedEngine(model, configuration), requests, expected, seed: UInt64(slots + 10 * schedule))
            all.add(totals)
          }
          #expect(all.compared > 25 && all.cancelled > 2 && all.reused > 5, "\(path): \(all)")
          print("\(path), \(configuration.slots) slots: \(Self.schedules) schedules, \(all)")
        }
      }
    }
  }

  /// Of each configuration.
  private static let schedules = ProcessInfo.processInfo.environment["BITNET_LONG_TESTS"] == nil ? 1 : 50

  private struct Totals: CustomStringConvertible {
    var compared = 0
    var cancelled = 0
    var reused = 0

    var description: String {
      "\(compared) answers compared, \(cancelled) cancelled, \(reused) with a beginning taken over"
    }

    mutating func add(_ other: Totals) {
      (compared, cancelled, reused) = (
        compared + other.compared, cancelled + other.cancelled, reused + other.reused
      )
    }
  }

  private func run(
    _ engine: SteppedEngine, _ requests: [GenerationRequest], _ expected: [[Answer]], seed: UInt64
  ) throws -> Totals {
    var random = RandomStream(seed: seed, purpose: .shuffle)
    var sent: [(index: Int, Sent)] = []
    for _ in 0..<60 {
      let index = Int.random(in: 0..<requests.count, using: &random)
      let (id, log) = try engine.submit(requests[index])
      sent.append((index, Sent(request: requests[index], id: id, log: log)))
      for _ in 0..<Int.random(in: 0..<9, using: &random) { engine.tick() }
      if random.nextUniform() < 0.15 {
        let victim = Int.random(in: max(0, sent.count - 6)..<sent.count, using: &random)
        if !sent[victim].1.log.isOver {
          engine.intake.cancel(sent[victim].1.id)
          sent[victim].1.isCancelled = true
        }
      }
    }
    engine.finish()
    var totals = Totals()
    for (index, one) in sent {
      if one.isCancelled {
        totals.cancelled += 1
        #expect(one.log.servingError == .cancelled)
        continue
      }
      totals.compared += 1
      totals.reused += one.log.usage.map { $0.cachedTokens > 0 } == true ? 1 : 0
      let areSame = one.log.answers(one.request.choices) == expected[index]
      #expect(areSame && one.log.isOver && one.log.error == nil, "request \(index), seed \(seed)")
    }
    return totals
  }

  /// Prompts with beginnings in common, all kinds of options, and some answers that must be JSON.
  private static func requests(_ model: ServedModel) throws -> [GenerationRequest] {
    let whole = SmallModel.tokens(70)
    let prompts = [
      whole, Array(whole[..<40]) + SmallModel.tokens(20, seed: 5), Array(whole[..<64]), Array(whole[..<65]) + [1, 2],
      [7], SmallModel.tokens(33, seed: 9), Array(whole[..<20]), SmallModel.tokens(99, seed: 12),
    ]
    let samplings = [
      SamplingOptions.greedy, try SamplingOptions(seed: 4), try SamplingOptions(temperature: 0.7, topK: 20, seed: 5),
      try SamplingOptions(topP: 0.9, repetitionPenalty: 1.2, seed: 6),
      try SamplingOptions(presencePenalty: 1, frequencyPenalty: 0.5, logitBias: [65: 2, 66: -100], seed: 7),
    ]
    let object = try ConstrainedAnswerTests.constraint(nil, model)
    let fields = try ConstrainedAnswerTests.constraint(ConstrainedAnswerTests.schema, model)
    return prompts.enumerated().flatMap { index, prompt in
      samplings.indices.filter { ($0 + index).isMultiple(of: 2) }.map { sampling in
        GenerationRequest(
          prompt: prompt,
          options: GenerationOptions(
            maximumNewTokens: [0, 1, 12, 30, 45][(index * 3 + sampling) % 5], sampling: samplings[sampling],
            stopStrings: sampling == 2 ? ["e", "qu"] : [], stopTokens: sampling == 1 ? [10, 200] : [],
            likeliestLogProbabilities: sampling == 3 ? 3 : nil,
            constraint: index == 2 ? object : index.isMultiple(of: 3) ? fields : nil),
          hasExplicitSeed: sampling != 4, choices: sampling == 3 ? 3 : 1, client: "client \(index % 3)")
      }
    }
  }
}
