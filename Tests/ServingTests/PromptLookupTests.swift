import Serving
import Testing

@Suite struct PromptLookupTests {
  @Test func guessesWhatCameAfterTheSameWords() {
    var lookup = PromptLookup()
    #expect(lookup.draft(after: [1, 2, 3, 4, 5, 9, 1, 2, 3], count: 3) == [4, 5, 9])
    // The last place counts, and three words more than two.
    #expect(lookup.draft(after: [1, 2, 3, 4, 1, 2, 3, 5, 1, 2, 3], count: 1) == [5])
    #expect(lookup.draft(after: [1, 2, 3, 4, 7, 2, 3, 5, 1, 2, 3], count: 1) == [4])
    #expect(lookup.draft(after: [1, 2, 3, 4, 7, 2, 3], count: 9) == [4, 7, 2, 3, 4, 7, 2, 3, 4])
    #expect(lookup.draft(after: [8, 8, 8], count: 2) == [8, 8])
    for text in [[], [1], [1, 1], [1, 2, 3, 4]] as [[Int32]] {
      #expect(lookup.draft(after: text, count: 4).isEmpty)
    }
    #expect(lookup.draft(after: [1, 2, 3, 1, 2], count: 0).isEmpty)
  }

  @Test func pausesWhereGuessesAreNoGood() {
    var lookup = PromptLookup()
    let text: [Int32] = [1, 2, 3, 1, 2]
    for _ in 0..<40 where !lookup.draft(after: text, count: 1).isEmpty { lookup.learn(accepted: 0, drafted: 1) }
    #expect(lookup.draft(after: text, count: 1).isEmpty)
    let tries = (0..<70).count { _ in !lookup.draft(after: text, count: 1).isEmpty }
    #expect((1..<70).contains(tries))
    for _ in 0..<100 { lookup.learn(accepted: 1, drafted: 2) }
    #expect(!lookup.draft(after: text, count: 1).isEmpty)
  }
}
