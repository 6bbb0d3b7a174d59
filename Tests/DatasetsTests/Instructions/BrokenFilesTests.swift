import Datasets
import Foundation
import Kernels
import Testing
import Tokenization

@Suite struct BrokenFilesTests {
  let fixture: InstructionFixture

  init() throws { fixture = try InstructionFixture() }

  @Test(arguments: BrokenFile.all)
  func everyBrokenFileHasItsMessage(file: BrokenFile) throws {
    let path = try fixture.directory.write(file.contents, to: file.name)
    #expect {
      try fixture.open(path)
    } throws: { error in
      let message = "\(error)"
      let place = file.line.map { "\(path):\($0): " } ?? "\(path): "
      #expect(message.hasPrefix(place), "\(message)")
      for part in file.says { #expect(message.contains(part), "\(message)") }
      return true
    }
  }

  @Test func messagesDifferBetweenFiles() throws {
    #expect(BrokenFile.all.count >= 40)
    #expect(Set(BrokenFile.all.map(\.name)).count == BrokenFile.all.count)
  }

  @Test func pathsThatAreNoFilesAreNamed() throws {
    let missing = fixture.directory.path("missing.jsonl")
    #expect(throws: InstructionDataError.missing(path: missing)) { try fixture.open(missing) }
    #expect(throws: CorpusError.directory(path: fixture.directory.url.path)) {
      try fixture.open(fixture.directory.url.path)
    }
  }

  /// The first ten are shown, the rest is counted.
  @Test func allProblemsAreCounted() throws {
    let good = #"{"prompt": "Q", "completion": "A"}"#
    let bad = (0..<14).map { #"{"prompt": "\#($0)", "completion": ""}"# }
    let path = try fixture.write(bad.flatMap { [$0, good] }.joined(separator: "\n"))
    #expect {
      try fixture.open(path)
    } throws: { error in
      guard case .rows(path, let reports, 14) = error as? InstructionDataError else { return false }
      #expect(reports.map(\.line) == Array(stride(from: 1, to: 20, by: 2)))
      #expect("\(error)".split(separator: "\n").count == 11 && "\(error)".contains("and 4 more rows"))
      return true
    }
  }

  /// Each costs its own length, not that of the file before it: half an hour otherwise.
  @Test func twoHundredThousandBrokenRowsAreReadInOneGo() throws {
    let rows = (0..<200_000).map { number in
      // Cut off, wrong within, wrong on a later line, and nested.
      switch number % 4 {
      case 0: #"{"prompt": "\#(number)", "completion": "A"#
      case 1: #"{"prompt": "\#(number)", "completion": oops}"#
      case 2: "{\"prompt\": \"\(number)\",\n \"completion\" \"A\"}"
      default: #"{"prompt": [{"prompt": ["#
      }
    }
    let path = try fixture.write(rows.joined(separator: "\n"))
    #expect {
      try fixture.open(path)
    } throws: { error in
      guard case .rows(_, let reports, 200_000) = error as? InstructionDataError else { return false }
      return reports.map(\.line) == [1, 2, 3, 5, 6, 7, 8, 10, 11, 12]
    }
  }

  /// A broken line of JSON lines does not hide the mistakes behind it.
  @Test func readingGoesOnBehindBrokenLines() throws {
    let path = try fixture.write(
      """
      {"prompt": "Q", "completion": "A"
      {"prompt": "Q", "completion": "A"}
      {"prompt": "Q", "completion": }
      {"prompt": "Q", "completion": ""}
      """)
    #expect {
      try fixture.open(path)
    } throws: { error in
      guard case .rows(_, let reports, 3) = error as? InstructionDataError else { return false }
      return reports.map(\.line) == [1, 3, 4] && reports[2].problem == .emptyAnswer(message: nil)
    }
  }

  @Test func missingSpecialTokensAreNamedBeforeAnythingIsRead() throws {
    let path = try fixture.write("nothing")
    #expect(
      throws: ChatTemplateError.missingSpecialToken(template: .chatml, text: "<|im_start|>", known: [])
    ) {
      try InstructionDataset(
        InstructionConfiguration(path: path), tokenizer: ByteTokenizer(), template: .chatml,
        maximumSequenceLength: 8, seed: 1)
    }
  }

  @Test func explicitFormatsAreHeldTo() throws {
    let path = try fixture.write(#"{"instruction": "I", "input": "i", "output": "O"}"#)
    #expect(try fixture.open(path).format == .alpaca)
    #expect(try fixture.open(path) { $0.format = .inputOutput }.format == .inputOutput)
    #expect {
      try fixture.open(path) { $0.format = .messages }
    } throws: { "\($0)".contains("has the shape alpaca, expected messages") }
  }

  /// A row of 100 MB is refused without being in memory.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["BITNET_LONG_TESTS"] != nil, "set BITNET_LONG_TESTS to run it"))
  func aLineOfHundredMegabytesIsRefused() throws {
    let path = fixture.directory.path("long.jsonl")
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.write(contentsOf: Data(#"{"prompt": "Q", "completion": "A", "note": ""#.utf8))
    for _ in 0..<100 { try handle.write(contentsOf: Data(repeating: UInt8(ascii: "x"), count: 1 << 20)) }
    try handle.write(contentsOf: Data("\"}\n{\"prompt\": \"R\", \"completion\": \"B\"}\n".utf8))
    try handle.close()
    let before = ProcessMemory.peakResidentBytes
    #expect {
      try fixture.open(path)
    } throws: { "\($0)".contains("long.jsonl:1: has 104857647 bytes, the most of one row are 16777216") }
    let growth = ProcessMemory.peakResidentBytes - before
    #expect(growth < 100 << 20, "\(growth >> 20) MB")
  }
}
