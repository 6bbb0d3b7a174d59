import Architectures
import Inference
import Kernels
import Testing

/// A sequence has the same bits in every company, however it came to its tokens.
@Suite struct ForwardPassTests {
  static let configurations = [0, 1, 3, 5, 6].map { RandomModels.configurations[$0] }

  @Test(arguments: configurations, KeyValuePrecision.allCases)
  func randomSchedulesChangeNoBit(_ configuration: Architecture, cache: KeyValuePrecision) throws {
    let model = try RandomModel(configuration).runtime
    for path in KernelPath.available {
      try KernelPath.$current.withValue(path) {
        var schedule = try BatchSchedule(model, cache: cache, seed: 11)
        for threads in [1, 2, 3] {
          let pool = ThreadPool(threadCount: threads)
          let differing = try ThreadPool.$current.withValue(pool) { try schedule.run(steps: 40) }
          #expect(differing == 0, "\(path), \(threads) threads")
        }
        #expect(schedule.comparedRows > 500 && schedule.copies > 3 && schedule.truncations > 3)
      }
    }
  }

  @Test func onlyTheLogitsThatAreWantedAreComputed() throws {
    let model = try RandomModel(RandomModels.configurations[0]).runtime
    let sequences = (0..<3).map { _ in SequenceState(model) }
    let tokens = RandomModels.tokens(40, vocabulary: model.vocabularySize)
    let pass = ForwardPass(model, rowCapacity: 16)
    let logits = try pass.append([
      .init(sequences[0], appending: tokens[..<20], logits: .none),
      .init(sequences[1], appending: tokens[..<21], logits: .all), .init(sequences[2], appending: tokens[...]),
    ])
    let all = try InferenceSession(model).prefillAllPositions(tokens)
    let width = model.vocabularySize
    let areSame = logits == Array(all[..<(21 * width)] + all[(39 * width)...])
    #expect(areSame)
    #expect(sequences.map(\.position) == [20, 21, 40])
  }

  @Test func aSegmentThatDoesNotFitChangesNoSequence() throws {
    let model = try RandomModel(RandomModels.configurations[0]).runtime
    let (first, second) = (SequenceState(model), SequenceState(model, positionLimit: 3))
    #expect(throws: InferenceError.contextFull(used: 0, requested: 4, limit: 3)) {
      try ForwardPass(model).append([
        .init(first, appending: [1, 2]), .init(second, appending: [1, 2, 3, 4]),
      ])
    }
    #expect(first.position == 0 && second.position == 0)
  }

  @Test func prefixesOfACopyAreIndependent() throws {
    let model = try RandomModel(RandomModels.configurations[1]).runtime
    let tokens = RandomModels.tokens(80, vocabulary: model.vocabularySize)
    let pass = ForwardPass(model)
    let (source, copy) = (SequenceState(model), SequenceState(model, positionLimit: 90))
    _ = try pass.append([.init(source, appending: tokens[...])])
    copy.copyPrefix(70, of: source)
    #expect(copy.tokens == Array(tokens[..<70]) && copy.commonPrefix(with: tokens) == 70)
    _ = try pass.append([.init(copy, appending: [5, 6, 7, 8, 9, 10])])
    source.truncate(to: 70)
    let after = try pass.append([.init(source, appending: tokens[70...])])
    let areSame = try after == InferenceSession(model).prefill(tokens)
    #expect(areSame)
  }
}
