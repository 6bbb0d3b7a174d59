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
