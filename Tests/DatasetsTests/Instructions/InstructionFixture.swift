import Datasets
import Foundation
import TestSupport
import Tokenization

/// Opens files of examples with settings that most tests share.
struct InstructionFixture {
  let directory: TemporaryDirectory
  var template = ChatTemplate.plain
  var maximumSequenceLength = 256
  var seed: UInt64 = 1
  /// Besides those of the template.
  var specialTokens: [String] = []

  init() throws { directory = try TemporaryDirectory() }

  func tokenizer() throws -> ByteTokenizer {
    try ByteTokenizer().adding(specialTokens: template.specialTokens + specialTokens)
  }

  func write(_ text: String, _ name: String = "data.json") throws -> String {
    try directory.write(Array(text.utf8), to: name)
  }

  func open(
    _ path: String, part: DatasetPart = .training, _ configure: (inout InstructionConfiguration) -> Void = { _ in }
  ) throws -> InstructionDataset {
    try InstructionDataset(
      configuration(path, configure), tokenizer: tokenizer(), template: template,
      maximumSequenceLength: maximumSequenceLength,
      seed: seed, part: part)
  }

  func openPairs(
    _ path: String, part: DatasetPart = .training, _ configure: (inout InstructionConfiguration) -> Void = { _ in }
  ) throws -> PreferenceDataset {
    try PreferenceDataset(
      configuration(path, configure), tokenizer: tokenizer(), template: template,
      maximumSequenceLength: maximumSequenceLength,
      seed: seed, part: part)
  }

  func openLabelled(
    _ path: String, part: DatasetPart = .training, _ configure: (inout InstructionConfiguration) -> Void = { _ in }
  ) throws -> UnpairedDataset {
    try UnpairedDataset(
      configuration(path, configure), tokenizer: tokenizer(), template: template,
      maximumSequenceLength: maximumSequenceLength, seed: seed, part: part)
  }

  func labelled(
    _ text: String, _ configure: (inout InstructionConfiguration) -> Void = { _ in }
  ) throws -> UnpairedDataset {
    try openLabelled(write(text), configure)
  }

  private func configuration(
    _ path: String, _ configure: (inout InstructionConfiguration) -> Void
  ) -> InstructionConfiguration {
    var configuration = InstructionConfiguration(path: path)
    configure(&configuration)
    return configuration
  }

  func dataset(
    _ text: String, _ configure: (inout InstructionConfiguration) -> Void = { _ in }
  ) throws -> InstructionDataset {
    try open(write(text), configure)
  }

  func pairs(
    _ text: String, _ configure: (inout InstructionConfiguration) -> Void = { _ in }
  ) throws -> PreferenceDataset {
    try openPairs(write(text), configure)
  }

  /// All tokens as text.
  func text(_ example: TokenizedExample) throws -> String {
    String(decoding: try tokenizer().decode(example.tokens), as: UTF8.self)
  }

  /// The trained tokens as text.
  func trained(_ example: TokenizedExample) throws -> String {
    let tokens = zip(example.tokens, example.isTrained).filter(\.1).map(\.0)
    return String(decoding: try tokenizer().decode(tokens), as: UTF8.self)
  }

  /// Rows of the prompt/completion shape with answers of the given lengths.
  static func lines(answerLengths: [Int]) -> String {
    answerLengths.enumerated().map { number, length in
      let answer = String(repeating: "abcdefghij", count: length / 10 + 1).prefix(length)
      return #"{"prompt": "\#(number):", "completion": "\#(answer)"}"#
    }.joined(separator: "\n")
  }
}
