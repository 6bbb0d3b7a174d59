import Inference
import Kernels

/// Sequences that join, grow, are cut back, leave, and take over each other's beginnings at random, all in one forward pass.
struct BatchSchedule {
  private struct Member {
    let state: SequenceState
    let text: Int
  }

  private(set) var comparedRows = 0
  private(set) var copies = 0
  private(set) var truncations = 0
  private let texts: [[Int32]]
  /// Of every text alone, after each of its tokens.
  private let logits: [[Float]]
  private let model: RuntimeModel
  private let cache: KeyValuePrecision
  private let pass: ForwardPass
  private var members: [Member] = []
  /// Those that left stay, for others to take their beginnings from.
  private var idle: [Member] = []
  private var random: RandomStream

  init(_ model: RuntimeModel, cache: KeyValuePrecision, seed: UInt64) throws {
    self.model = model
    self.cache = cache
    // Longer parts than the capacity are cut.
    pass = ForwardPass(model, rowCapacity: 48)
    random = RandomStream(seed: seed, purpose: .sampling)
    let whole = RandomModels.tokens(150, vocabulary: model.vocabularySize, seed: seed)
    texts = [150, 90, 70, 64, 33, 1].map { common in
      let rest = RandomModels.tokens(150 - common, vocabulary: model.vocabularySize, seed: seed + UInt64(common))
      return Array(whole[..<common]) + rest
    }
    logits = try texts.map { try InferenceSession(model, cache: cache).prefillAllPositions($0) }
  }

  /// - Returns: how many rows of logits differ from those of the texts alone.
  mutating func run(steps: Int) throws -> Int {
    var differing = 0
    for _ in 0..<steps {
      if members.count < 7, members.isEmpty || random.nextUniform() < 0.5 { join() }
      leaveAndForget()
      differing += try step()
    }
    return differing
  }

  private mutating func join() {
    let text = Int.random(in: 0..<texts.count, using: &random)
    if idle.count > 2, random.nextUniform() < 0.5 {
      let taken = idle.removeFirst()
      taken.state.truncate(to: taken.state.commonPrefix(with: texts[text].dropLast()))
      return members.append(Member(state: taken.state, text: text))
    }
    let state = SequenceState(model, positionLimit: 150, cache: cache)
    if let donor = (members + idle).randomElement(using: &random), random.nextUniform() < 0.6 {
      let common = donor.state.commonPrefix(with: texts[text].dropLast())
      state.copyPrefix(Int.random(in: 0...common, using: &random), of: donor.state)
      copies += 1
    }
    members.append(Member(state: state, text: text))
  }

  private mutating func leaveAndForget() {
    for index in members.indices.reversed() {
      let chance = random.nextUniform()
      if members[index].state.position == 150 || chance < 0.03 {
        idle.append(members.remove(at: index))
      } else if chance < 0.08 {
        let state = members[index].state
        state.truncate(to: Int.random(in: 0...state.position, using: &random))
        truncations += 1
      }
    }
  }

  private mutating func step() throws -> Int {
    var expected: [Float] = []
    var segments: [ForwardPass.Segment] = []
    for member in members where random.nextUniform() < 0.9 {
      let text = texts[member.text]
      let first = member.state.position
      let count = random.nextUniform() < 0.6 ? 1 : Int.random(in: 1...60, using: &random)
      let range = first..<min(first + count, text.count)
      let wanted: ForwardPass.WantedLogits = [.none, .last, .last, .all][Int.random(in: 0..<4, using: &random)]
      segments.append(.init(member.state, appending: text[range], logits: wanted))
      let rows =
        switch wanted {
        case .none: range.upperBound..<range.upperBound
        case .last: range.upperBound - 1..<range.upperBound
        case .all: range
        }
      let width = model.vocabularySize
      expected += logits[member.text][rows.lowerBound * width..<rows.upperBound * width]
    }
    let found = try pass.append(segments)
    let width = model.vocabularySize
    let rows = expected.count / width
    comparedRows += rows
    guard found.count == expected.count else { return max(1, rows) }
    return (0..<rows).count { row in
      (row * width..<(row + 1) * width).contains { found[$0].bitPattern != expected[$0].bitPattern }
    }
  }
}
