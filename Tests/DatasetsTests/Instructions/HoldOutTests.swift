import Datasets
import Testing
import Tokenization

@Suite struct HoldOutTests {
  let fixture: InstructionFixture

  init() throws { fixture = try InstructionFixture() }

  private func prompts(_ dataset: InstructionDataset) throws -> [String] {
    try (0..<dataset.count).map { try String(fixture.text(dataset[$0]).prefix { $0 != ":" }) }
  }

  @Test(arguments: [(0.1, 100, 10), (0.5, 3, 2), (0.001, 50, 1), (0.999, 50, 49), (0.2, 2, 1)])
  func rowsAreDividedBySeed(fraction: Double, rows: Int, heldOut: Int) throws {
    let path = try fixture.write(InstructionFixture.lines(answerLengths: Array(repeating: 4, count: rows)))
    let training = try fixture.open(path) { $0.validationFraction = fraction }
    let validation = try fixture.open(path, part: .validation) { $0.validationFraction = fraction }
    #expect(validation.count == heldOut && validation.statistics.rows == heldOut)
    #expect(training.count == rows - heldOut && training.statistics.rows == rows - heldOut)
    let all = try prompts(training) + prompts(validation)
    #expect(Set(all).count == rows && all.count == rows)
    #expect(training.fingerprint != validation.fingerprint)

    var other = fixture
    other.seed = 2
    let changed = try other.open(path, part: .validation) { $0.validationFraction = fraction }
    if rows >= 50, heldOut < rows / 2 { #expect(try prompts(changed) != prompts(validation)) }
  }

  @Test func oneRowCannotBeDivided() throws {
    let path = try fixture.write(InstructionFixture.lines(answerLengths: [4]))
    #expect(throws: InstructionDataError.tooFewRowsToSplit(path: path, rows: 1)) {
      try fixture.open(path) { $0.validationFraction = 0.5 }
    }
  }

  @Test func validationCanBeAFile() throws {
    let training = try fixture.write(InstructionFixture.lines(answerLengths: [4, 4, 4]), "train.jsonl")
    let held = try fixture.write(InstructionFixture.lines(answerLengths: [4]), "held.jsonl")
    func open(_ part: DatasetPart) throws -> InstructionDataset {
      try fixture.open(training, part: part) {
        $0.validationPath = held
        $0.maximumSamples = 2
      }
    }
    #expect(try open(.validation).path == held && open(.validation).count == 1)
    #expect(try open(.training).path == training && open(.training).count == 2)
    #expect(try open(.training).statistics.isLimited && !open(.validation).statistics.isLimited)
  }

  @Test func rowsBeyondTheMaximumAreNotRead() throws {
    let dataset = try fixture.dataset(InstructionFixture.lines(answerLengths: [4, 4]) + "\nnot JSON") {
      $0.maximumSamples = 2
    }
    #expect(dataset.count == 2 && dataset.statistics.isLimited)
    let exact = try fixture.dataset(InstructionFixture.lines(answerLengths: [4, 4])) { $0.maximumSamples = 2 }
    #expect(!exact.statistics.isLimited)
  }

  @Test func fingerprintsTellWhatChangesTokens() throws {
    let path = try fixture.write(InstructionFixture.lines(answerLengths: [4, 4, 4]))
    let print = try fixture.open(path).fingerprint
    #expect(try fixture.open(path).fingerprint == print && print.count == 64)
    // Packing arranges tokens, and changes none.
    #expect(try fixture.open(path) { $0.isPacked = true }.fingerprint == print)
    var prints: Set = [print]
    prints.insert(try fixture.open(path) { $0.trainsOnInput = true }.fingerprint)
    prints.insert(try fixture.open(path) { $0.overlong = .drop }.fingerprint)
    prints.insert(try fixture.open(path) { $0.maximumSamples = 2 }.fingerprint)
    prints.insert(try fixture.open(path) { $0.validationFraction = 0.3 }.fingerprint)
    var other = fixture
    other.maximumSequenceLength = 99
    prints.insert(try other.open(path).fingerprint)
    other = fixture
    other.template = .alpaca
    prints.insert(try other.open(path).fingerprint)
    prints.insert(try fixture.open(fixture.write(InstructionFixture.lines(answerLengths: [4, 4, 5]))).fingerprint)
    #expect(prints.count == 8)
  }
}
