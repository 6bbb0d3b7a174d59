import Inference
import Kernels
import Testing

@Suite struct InferenceSessionTests {
  private let model: RuntimeModel

  init() throws {
    model = try RandomModel(RandomModels.configuration(positions: 80)).runtime
  }

  private func tokens(_ count: Int) -> [Int32] { RandomModels.tokens(count, vocabulary: model.vocabularySize) }

  @Test func contextLimitIsAnErrorAndChangesNothing() throws {
    let session = InferenceSession(model)
    #expect(session.positionLimit == 80)
    let limit = 80
    #expect(throws: InferenceError.contextFull(used: 0, requested: 81, limit: limit)) {
      try session.prefill(tokens(81))
    }
    #expect(session.position == 0)
    let expected = try InferenceSession(model).prefill(tokens(80))
    _ = try session.prefill(tokens(79))
    #expect(throws: InferenceError.contextFull(used: 79, requested: 2, limit: limit)) { try session.prefill(tokens(2)) }
    #expect(try session.decode(tokens(80)[79]) == expected)
    #expect(throws: InferenceError.contextFull(used: 80, requested: 1, limit: limit)) { try session.decode(0) }
    #expect(session.position == 80)
  }

  @Test func limitOfTheSessionIsAtMostTheModels() {
    #expect(InferenceSession(model, positionLimit: 10).positionLimit == 10)
    #expect(InferenceSession(model, positionLimit: 1000).positionLimit == 80)
  }

  @Test func refusesTokensItDoesNotKnow() throws {
    let session = InferenceSession(model)
    #expect(throws: InferenceError.noTokens) { try session.prefill([]) }
    #expect(throws: InferenceError.tokenOutOfRange(token: 67, vocabularySize: 67)) { try session.prefill([1, 67]) }
    #expect(throws: InferenceError.tokenOutOfRange(token: -1, vocabularySize: 67)) { try session.decode(-1) }
    #expect(session.position == 0)
  }

  @Test func resetForgets() throws {
    let session = InferenceSession(model)
    let first = try session.prefill(tokens(70))
    session.reset()
    #expect(session.position == 0)
    let fresh = try InferenceSession(model).decode(5)
    #expect(try session.decode(5) == fresh)
    session.reset()
    #expect(try session.prefill(tokens(70)) == first)
  }

  @Test(arguments: KeyValuePrecision.allCases, [0, 1, 17, 63, 64, 69, 70])
  func whatFollowsATruncationHasTheBitsOfAFreshSession(cache: KeyValuePrecision, position: Int) throws {
    let session = InferenceSession(model, cache: cache)
    _ = try session.prefill(tokens(70))
    session.truncate(to: position)
    #expect(session.position == position && session.tokens == Array(tokens(70)[..<position]))
    let other = RandomModels.tokens(10, vocabulary: model.vocabularySize, seed: 8)
    let fresh = InferenceSession(model, cache: cache)
    if position > 0 { _ = try fresh.prefill(Array(tokens(70)[..<position])) }
    #expect(try session.prefillAllPositions(other) == fresh.prefillAllPositions(other))
    #expect(session.computedTokens == 80)
  }

  @Test func onlyWhatIsNewOfASequenceIsComputed() throws {
    let session = InferenceSession(model)
    // Longer, the same again, another end, shorter, nothing in common.
    let sequences = [
      tokens(40), tokens(60), tokens(60), Array(tokens(50)) + [1, 2, 3], tokens(20), Array(tokens(30).dropFirst()),
    ]
    let known = [0, 40, 59, 50, 19, 0]
    for (sequence, known) in zip(sequences, known) {
      let before = session.computedTokens
      let logits = try session.prefill(wholeSequence: sequence)
      #expect(try logits == InferenceSession(model).prefill(sequence))
      #expect(session.tokens == sequence && session.computedTokens - before == sequence.count - known)
    }
  }

  @Test func aSequenceThatDoesNotFitChangesNothing() throws {
    let session = InferenceSession(model)
    _ = try session.prefill(tokens(30))
    #expect(throws: InferenceError.contextFull(used: 0, requested: 81, limit: 80)) {
      try session.prefill(wholeSequence: tokens(81))
    }
    #expect(throws: InferenceError.noTokens) { try session.prefill(wholeSequence: []) }
    #expect(throws: InferenceError.tokenOutOfRange(token: 67, vocabularySize: 67)) {
      try session.prefill(wholeSequence: [tokens(1)[0], 67])
    }
    #expect(session.tokens == tokens(30))
  }

  @Test(arguments: KernelPath.available)
  func undefinedMemoryReachesNoLogit(_ path: KernelPath) throws {
    try KernelPath.$current.withValue(path) {
      let expected = try InferenceSession(model).prefillAllPositions(tokens(70))
      try BufferPool.$current.withValue(poisonedPool()) {
        let batched = try InferenceSession(model).prefillAllPositions(tokens(70))
        #expect(batched == expected)
        let session = InferenceSession(model)
        let stepwise = try tokens(70).flatMap { try session.decode($0) }
        #expect(stepwise == expected)
      }
    }
  }

  /// A pool that lends blocks full of NaN.
  private func poisonedPool() -> BufferPool {
    let pool = BufferPool()
    BufferPool.$current.withValue(pool) {
      let sizes = (1...2400).map { $0 * 64 }
      let blocks = sizes.map { Storage(byteCount: $0) }
      for block in blocks {
        block.elements(of: Float.self).update(repeating: .nan, count: block.byteCount / 4)
      }
    }
    return pool
  }
}
