import ArgumentParser
import Datasets
import FileFormats
import Foundation
import Tokenization

struct TokenizerTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a vocabulary from text.",
    discussion: """
      Byte-level BPE with the words of GPT-2: 256 tokens for the bytes, then merged pairs in the order of their \
      frequency (among equals, the pair with the smallest ids comes first), then the special tokens. The same text and \
      options give the same vocabulary, whatever the number of threads. The folder holds a tokenizer.json and a \
      tokenizer_config.json, which transformers opens too.

        bitnet tokenizer train data/enwik8 --vocab-size 16384 --output checkpoints/enwik8-tokenizer
      """)

  @Argument(help: "The text: plain, .gz, or .zip with one file in it.")
  var file: String

  @Option(help: ArgumentHelp("Tokens of the whole vocabulary, bytes and special tokens included.", valueName: "n"))
  var vocabSize: Int

  @Option(help: ArgumentHelp("The folder to write.", valueName: "dir"))
  var output = "tokenizer"

  @Option(
    help: ArgumentHelp(
      "A special token; once for each. (default: \(ByteTokenizer.defaultEndOfSequenceText))", valueName: "text"))
  var specialToken: [String] = []

  @Option(
    help: ArgumentHelp(
      "The special token that ends a text. (default: \(ByteTokenizer.defaultEndOfSequenceText), if it is one)",
      valueName: "text"))
  var eosToken: String?

  @Option(help: ArgumentHelp("Pairs that occur less often are not merged.", valueName: "n"))
  var minFrequency = 2

  @Option(help: ArgumentHelp("The bytes to learn from, counted from 0; either end may be left out.", valueName: "a:b"))
  var range: ByteRange = ByteRange(0, nil)

  @OptionGroup var force: ForceOption

  @OptionGroup var threads: ThreadOptions

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard minFrequency >= 1 else { throw ValidationError("--min-frequency must be at least 1, got \(minFrequency)") }
  }

  private func trainer() throws -> VocabularyTrainer {
    do {
      return try VocabularyTrainer(
        vocabularySize: vocabSize,
        specialTokens: specialToken.isEmpty ? [ByteTokenizer.defaultEndOfSequenceText] : specialToken,
        endOfSequence: eosToken, minimumFrequency: minFrequency)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() throws {
    let trainer = try trainer()
    let target = URL(fileURLWithPath: output)
    if FileSystem.exists(target) { throw FileError.alreadyExists(path: target.path) }
    let corpus = try TextCorpus(contentsOf: file, force: force.force)
    let bounds = try corpus.resolve(range)

    let start = ContinuousClock.now
    let display = VocabularyTrainingDisplay()
    let vocabulary = try threads.withPool {
      try trainer.train(
        byteCount: bounds.count, progress: display.show,
        reading: { try corpus.bytes(in: bounds.lowerBound + $0.lowerBound..<bounds.lowerBound + $0.upperBound) })
    }
    display.endLine()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try vocabulary.write(to: target)
    let report = Report(vocabulary, asked: vocabSize, bytes: bounds.count, seconds: seconds, output: output)
    try json ? JSONOutput.write(report) : StandardOutput.tell(report.text(minimumFrequency: minFrequency))
  }

  private struct Report: Encodable {
    struct Token: Encodable {
      let text: String
      let id: Int32
    }

    let output: String
    let vocabularySize: Int
    let askedVocabularySize: Int
    let merges: Int
    let specialTokens: [Token]
    let eosTokenId: Int32?
    let longestTokenBytes: Int
    let textBytes: Int
    let seconds: Double

    init(_ vocabulary: TrainedVocabulary, asked: Int, bytes: Int, seconds: Double, output: String) {
      self.output = output
      vocabularySize = vocabulary.size
      askedVocabularySize = asked
      merges = vocabulary.merges.count
      specialTokens = vocabulary.specialTokens.map { Token(text: $0.text, id: $0.id) }
      eosTokenId = vocabulary.endOfSequenceTokenID
      longestTokenBytes = vocabulary.tokens.map(\.count).max() ?? 0
      textBytes = bytes
      self.seconds = seconds
    }

    func text(minimumFrequency: Int) -> String {
      let special = specialTokens.map { "\($0.text) (\($0.id))" }.joined(separator: ", ")
      let end = specialTokens.first { $0.id == eosTokenId }?.text ?? "none: name it with --eos-token"
      let shortage =
        vocabularySize == askedVocabularySize
        ? "" : " of \(askedVocabularySize) asked for: no other pair occurs \(minimumFrequency) times"
      return """
        vocabulary     \(vocabularySize) tokens\(shortage)
        merges         \(merges), the longest token has \(longestTokenBytes) bytes
        special        \(special.isEmpty ? "none" : special)
        end of text    \(end)
        text           \(CountFormat.bytes(textBytes)) in \(String(format: "%.1f", seconds)) s
        written        \(output)

        """
    }
  }
}
