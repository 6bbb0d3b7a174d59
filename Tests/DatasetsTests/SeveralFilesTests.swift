import Datasets
import Foundation
import Testing
import TestSupport
import Tokenization

/// Several files as one dataset, with weights.
@Suite struct SeveralFilesTests {
  let fixture: InstructionFixture

  init() throws { fixture = try InstructionFixture() }

  private func rows(_ name: String, _ count: Int) throws -> String {
    try fixture.write(
      (0..<count).map { #"{"prompt": "\#(name)\#($0)", "completion": "A"}"# }.joined(separator: "\n"), name + ".jsonl")
  }

  private func prompts(_ dataset: InstructionDataset) throws -> [String] {
    try (0..<dataset.count).map { try dataset.messages($0)?.first?.content ?? "" }
  }

  // MARK: Rows

  @Test func rowsComeOneFileAfterTheOther() throws {
    let (a, b) = (try rows("a", 2), try rows("b", 3))
    let dataset = try fixture.open(a) { $0.sources = [a, b].map { DataSource(path: $0) } }
    #expect(try prompts(dataset) == ["a0", "a1", "b0", "b1", "b2"])
    #expect(try dataset.spokenPlace(3) == "\(b):2" && dataset.line(3) == 2)
    #expect(try fixture.open(a).spokenPlace(1) == "line 2")
    #expect(dataset.path == "\(a), \(b)" && dataset.statistics.rows == 5)
    let alone = try fixture.open(a)
    #expect(dataset.fingerprint != alone.fingerprint)
    let held = try fixture.open(a, part: .validation) {
      $0.sources = [a, b].map { DataSource(path: $0) }
      $0.validationFraction = 0.4
    }
    #expect(held.count == 2)
  }

  @Test func problemsNameTheirFiles() throws {
    let (a, b) = (try rows("a", 2), try fixture.write("\n{\"prompt\": \"Q\", \"completion\": 3}", "b.jsonl"))
    let error = try #require(throws: InstructionDataError.self) {
      try fixture.open(a) { $0.sources = [a, b].map { DataSource(path: $0) } }
    }
    #expect("\(error)".hasPrefix("\(b):2: "))
    let missing = fixture.directory.path("none")
    #expect(throws: InstructionDataError.missing(path: missing)) {
      try fixture.open(a) { $0.sources = [a, missing].map { DataSource(path: $0) } }
    }
  }

  @Test func weightsRepeatRowsAndLeaveSomeOut() throws {
    let (a, b) = (try rows("a", 4), try rows("b", 10))
    func open(_ seed: UInt64, _ part: DatasetPart = .training) throws -> InstructionDataset {
      var fixture = fixture
      fixture.seed = seed
      return try fixture.open(a, part: part) {
        $0.sources = [DataSource(path: a, weight: 2.5), DataSource(path: b, weight: 0.3)]
        if part == .validation { $0.validationFraction = 0.5 }
      }
    }
    let dataset = try open(1)
    let counts = Dictionary(grouping: try prompts(dataset), by: { $0 }).mapValues(\.count)
    #expect(counts.filter { $0.key.hasPrefix("a") }.values.sorted() == [2, 2, 3, 3])
    #expect(counts.filter { $0.key.hasPrefix("b") }.values.sorted() == [1, 1, 1])
    #expect(dataset.statistics.rows == 14 && dataset.statistics.examples == 13)
    #expect(try prompts(dataset) == prompts(open(1)) && prompts(dataset) != prompts(open(2)))
    // What is held out counts once.
    #expect(try open(1, .validation).count == 7)
    let plain = try fixture.open(a) { $0.sources = [DataSource(path: a), DataSource(path: b)] }
    #expect(plain.fingerprint != dataset.fingerprint)
  }

  // MARK: Windows

  private func sampler(_ letter: String, _ count: Int) throws -> WindowSampler {
    let path = try fixture.write(String(repeating: letter, count: count), letter)
    return try WindowSampler(
      TokenCorpus(TextCorpus(contentsOf: path), range: ByteRange(0, nil), tokenizer: ByteTokenizer()),
      sequenceLength: 4,
      seed: 9)
  }

  @Test func windowsAreMixedByWeightAndSize() throws {
    let (a, b) = (try sampler("a", 1004), try sampler("b", 3004))
    for (weights, share) in [([1.0, 1.0], 0.25), ([3.0, 1.0], 0.5), ([1.0, 0.5], 0.4)] {
      let batches = WindowBatches([(a, weights[0]), (b, weights[1])], batchSize: 4)
      let ofA = (0..<UInt64(20_000)).count { batches.text(ofWindow: $0) == 0 }
      // Four deviations.
      #expect(abs(Double(ofA) / 20_000 - share) < 0.014, "\(ofA)")
    }
  }

  @Test func aWindowDependsOnItsNumberAlone() throws {
    let (a, b) = (try sampler("a", 500), try sampler("b", 500))
    let mixed = WindowBatches([(a, 1), (b, 1)], batchSize: 6)
    let others = WindowBatches([(a, 1), (b, 1)], batchSize: 2)
    var (batch, small) = (
      TrainingBatch(batchSize: 1, sequenceLength: 1), TrainingBatch(batchSize: 1, sequenceLength: 1)
    )
    #expect(try mixed.fill(&batch, number: 5))
    let rows = (0..<6).map { batch.inputs[$0 * 4] }
    #expect(Set(rows) == [97, 98])
    var again: [Int32] = []
    for number in 15..<18 {
      #expect(try others.fill(&small, number: number))
      again += [small.inputs[0], small.inputs[4]]
    }
    #expect(again == rows)
    // One text is drawn from as ever.
    var alone = TrainingBatch(batchSize: 3, sequenceLength: 4)
    try a.fill(&alone, number: 2)
    #expect(try WindowBatches(a, batchSize: 3).fill(&small, number: 2) && small == alone)
  }

  @Test func rangesCountTheBytesOfAllTexts() throws {
    let texts = try JoinedTexts(
      ["aaaa", "bbbbbb", "cc"].map { try TextCorpus(contentsOf: fixture.write($0, $0)) })
    func parts(_ range: ByteRange) throws -> [String] {
      try texts.parts(of: range).map { "\($0.number) \($0.range)" }
    }
    #expect(try parts(ByteRange(0, nil)) == ["0 0:4", "1 0:6", "2 0:2"])
    #expect(try parts(ByteRange(3, 11)) == ["0 3:4", "1 0:6", "2 0:1"])
    #expect(try parts(ByteRange(4, 10)) == ["1 0:6"])
    #expect(throws: CorpusError.self) { try parts(ByteRange(3, 13)) }
  }

  @Test func severalTextsAreEvaluatedOneAfterTheOther() throws {
    let windows = try ["aaaaaa", "bbbb"].map { text in
      try EvaluationWindows(
        TokenCorpus(
          TextCorpus(contentsOf: fixture.write(text, text)), range: ByteRange(0, nil), tokenizer: ByteTokenizer()),
        sequenceLength: 2, batchSize: 1)
    }
    let mixture = EvaluationMixture(windows)
    #expect(mixture.batchCount == 5)
    var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
    var targets: [[Int32]] = []
    for number in 0..<5 {
      #expect(try mixture.fill(&batch, number: number))
      targets.append(batch.targets)
    }
    #expect(targets == [[97, 97], [97, 97], [97], [98, 98], [98]])
    #expect(try !mixture.fill(&batch, number: 5))
  }
}
