import Datasets
import FileFormats
import Foundation
import Kernels
import Models
import TestSupport
import Tokenization

/// Examples of unequal lengths, and a model that reads them.
struct UnequalExamples {
  private static let length = 64

  let folder: TemporaryDirectory
  private let tokenizer: ByteTokenizer

  init() throws {
    folder = try TemporaryDirectory()
    tokenizer = try ByteTokenizer().adding(
      specialTokens: ChatTemplate.plain.specialTokens, endOfSequence: ChatTemplate.plain.endToken)
  }

  /// - Parameter quantization: `none` makes the loss a smooth function of the weights.
  func model(seed: UInt64 = 3, quantization: WeightQuantization = .absmean) -> Decoder {
    var configuration = TinyBitNet.configuration
    configuration.vocabularySize = tokenizer.vocabularySize
    configuration.maximumPositionEmbeddings = Self.length
    configuration.bitLinear = BitLinearConfiguration(weightQuantization: quantization)
    return Decoder(configuration, seed: seed)
  }

  private func file(_ rows: [String]) throws -> String {
    let url = folder.url.appendingPathComponent("\(UUID().uuidString).jsonl")
    try Data(rows.joined(separator: "\n").utf8).write(to: url)
    return url.path
  }

  /// 14 rows: not a whole number of windows of 4, 8 or 16.
  func instructions() throws -> InstructionDataset {
    let rows = (0..<14).map { number in
      #"{"prompt": "\#(String(repeating: "ab ", count: number % 5 + 1))", "#
        + #""completion": "\#(String(repeating: "\(number)", count: number % 7 + 1))"}"#
    }
    return try InstructionDataset(
      InstructionConfiguration(path: file(rows)), tokenizer: tokenizer, template: .plain,
      maximumSequenceLength: Self.length, seed: 1)
  }

  /// 14 answers, of which 9 are good.
  func labelledAnswers() throws -> UnpairedDataset {
    let rows = (0..<14).map { number in
      let word = number % 3 == 1 ? "no" : "yes "
      return #"{"prompt": "p\#(number): ", "completion": "\#(String(repeating: word, count: number % 4 + 1))", "#
        + #""label": \#(number % 3 != 1)}"#
    }
    return try UnpairedDataset(
      InstructionConfiguration(path: file(rows)), tokenizer: tokenizer, template: .plain,
      maximumSequenceLength: Self.length, seed: 1)
  }

  /// 14 pairs.
  func preferences() throws -> PreferenceDataset {
    let rows = (0..<14).map { number in
      #"{"prompt": "p\#(number): ", "chosen": "\#(String(repeating: "yes ", count: number % 4 + 1))", "#
        + #""rejected": "\#(String(repeating: "no", count: number % 6 + 1))"}"#
    }
    return try PreferenceDataset(
      InstructionConfiguration(path: file(rows)), tokenizer: tokenizer, template: .plain,
      maximumSequenceLength: Self.length, seed: 1)
  }
}
