import Kernels
import Testing

@Suite struct PhiloxTests {
  struct KnownAnswer: Sendable {
    let counter: [UInt32]
    let key: [UInt32]
    let output: [UInt32]
  }

  /// The known answers of the reference implementation (Random123, philox4x32 with 10 rounds).
  @Test(arguments: [
    KnownAnswer(counter: [0, 0, 0, 0], key: [0, 0], output: [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(
      counter: [.max, .max, .max, .max], key: [.max, .max],
      output: [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      counter: [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], key: [0xa409_3822, 0x299f_31d0],
      output: [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ])
  func knownAnswers(_ answer: KnownAnswer) {
    let block = Philox.block(
      seed: word(answer.key[0], answer.key[1]), stream: word(answer.counter[2], answer.counter[3]),
      index: word(answer.counter[0], answer.counter[1]))
    #expect([block.x, block.y, block.z, block.w] == answer.output)
  }

  private func word(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }

  @Test func streamReadsTheBlocksInOrder() {
    var stream = RandomStream(seed: 3, purpose: .shuffle, substream: 9)
    let drawn = (0..<4).map { _ in stream.next() }
    let blocks = (0..<2).map { Philox.block(seed: 3, stream: 6 << 56 | 9, index: $0) }
    #expect(drawn == blocks.flatMap { [word($0.x, $0.y), word($0.z, $0.w)] })
  }

  @Test(arguments: 0..<5 as Range<UInt64>) func streamContinuesFromItsPosition(_ position: UInt64) {
    var whole = RandomStream(seed: 1, purpose: .sampling)
    for _ in 0..<position { _ = whole.next() }
    var resumed = RandomStream(seed: 1, purpose: .sampling, position: position)
    #expect(whole == resumed)
    for _ in 0..<3 { #expect(whole.next() == resumed.next()) }
  }

  @Test func streamsDiffer() {
    var values: Set<UInt64> = []
    for seed in [0, 1, 1 << 40] as [UInt64] {
      for purpose in [RandomPurpose.dropout, .dataWindows] {
        for substream in [0, 1, 1 << 33] as [UInt64] {
          var stream = RandomStream(seed: seed, purpose: purpose, substream: substream)
          values.insert(stream.next())
        }
      }
    }
    #expect(values.count == 18)
  }

  @Test func uniformsFillTheUnitInterval() {
    var stream = RandomStream(seed: 5, purpose: .initialization)
    let values = (0..<20_000).map { _ in stream.nextUniform() }
    #expect(values.allSatisfy { (0..<1).contains($0) })
    #expect(abs(values.reduce(0, +) / 20_000 - 0.5) < 0.01)
    let perTenth = Dictionary(grouping: values) { Int($0 * 10) }.mapValues(\.count)
    #expect(perTenth.count == 10 && perTenth.values.allSatisfy { abs($0 - 2000) < 200 })
  }
}
