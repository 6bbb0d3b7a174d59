import Inference
import Testing

import Serving
import ServingTestSupport

@Suite struct SlotPoolTests {
  private let model: ServedModel
  private let pass: ForwardPass
  private let text = SmallModel.tokens(60)

  init() throws {
    model = try SmallModel.make(positions: 64)
    pass = ForwardPass(model.runtime)
  }

  private func pool(_ count: Int) -> SlotPool { SlotPool(count: count) { [model] in SequenceState(model.runtime) } }

  private func slot(of pool: inout SlotPool, for prompt: [Int32]) throws -> Slot {
    let slot = pool.take(for: prompt)
    return try #require(slot)
  }

  private func fill(_ slot: Slot, _ tokens: [Int32]) throws {
    let sequence = slot.sequence
    _ = try pass.append([.init(sequence, appending: tokens[sequence.position...], logits: .none)])
  }

  @Test func whatIsABeginningOfThePromptIsTakenOver() throws {
    var pool = pool(3)
    let first = try slot(of: &pool, for: text)
    try fill(first, Array(text[..<30]))
    pool.release(first)
    let second = try slot(of: &pool, for: text)
    #expect(second === first && second.sequence.position == 30)
  }

  @Test func whatOthersMayNeedIsCopied() throws {
    var pool = pool(3)
    let first = try slot(of: &pool, for: text)
    try fill(first, text)
    pool.release(first)
    let other = Array(text[..<40]) + [1, 2, 3]
    let second = try slot(of: &pool, for: other)
    #expect(second !== first && second.sequence.tokens == Array(text[..<40]))
    #expect(first.sequence.tokens == text)
    // Of a busy one too.
    try fill(second, other)
    let third = try slot(of: &pool, for: other + [4])
    #expect(third !== second && third.sequence.tokens == other)
    #expect(pool.idleCount == 1)
  }

  @Test func theLastTokenIsAlwaysLeft() throws {
    var pool = pool(1)
    let slot = try slot(of: &pool, for: text)
    try fill(slot, text)
    pool.release(slot)
    let same = try self.slot(of: &pool, for: text)
    #expect(same.sequence.position == 59)
    let (another, yetAnother) = (pool.take(for: text), pool.takeAnother())
    #expect(another == nil && yetAnother == nil && pool.idleCount == 0)
  }

  @Test func theLongestUnusedGoesFirst() throws {
    var pool = pool(2)
    let slots = try [slot(of: &pool, for: text), slot(of: &pool, for: text)]
    try fill(slots[0], [1, 2, 3])
    try fill(slots[1], [4, 5, 6])
    pool.release(slots[1])
    pool.release(slots[0])
    let next = pool.take(for: [9, 9])
    #expect(next === slots[1])
  }

  @Test func damagedSequencesAreForgotten() throws {
    var pool = pool(1)
    let slot = try slot(of: &pool, for: text)
    try fill(slot, text)
    pool.release(slot, isDamaged: true)
    let next = try self.slot(of: &pool, for: text)
    #expect(next.sequence.position == 0)
  }
}
