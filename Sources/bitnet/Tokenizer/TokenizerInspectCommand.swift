import ArgumentParser
import Foundation
import Tokenization

struct TokenizerInspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a tokenizer consists of.",
    discussion: """
        bitnet tokenizer inspect model.gguf --json
      """)

  @Argument(help: ArgumentHelp(TokenizerArgument.help, valueName: "model"))
  var path: String

  @Flag(help: "Print one JSON object.")
  var json = false

  private struct Report: Encodable {
    struct Token: Encodable {
      let text: String
      let id: Int32
    }

    let kind: String
    let vocabularySize: Int
    let merges: Int
    let preTokenizer: String?
    let specialTokens: [Token]
    let bosTokenId: Int32?
    let eosTokenId: Int32?
    let addsBos: Bool
    let addsEos: Bool
    let fingerprint: String

    init(_ tokenizer: any Tokenizer) {
      let description = TokenizerDescription(tokenizer)
      kind = description.kind
      vocabularySize = tokenizer.vocabularySize
      merges = description.mergeCount
      preTokenizer = description.preTokenizer
      specialTokens = tokenizer.specialTokens.map { Token(text: $0.text, id: $0.id) }
      bosTokenId = tokenizer.beginningOfSequenceTokenID
      eosTokenId = tokenizer.endOfSequenceTokenID
      addsBos = tokenizer.addsBeginningOfSequence
      addsEos = tokenizer.addsEndOfSequence
      fingerprint = tokenizer.fingerprint
    }

    /// Special tokens beyond these are counted only.
    private static let shownTokens = 20

    var text: String {
      let shown = specialTokens.prefix(Self.shownTokens).map { "\(named($0.id))" }.joined(separator: ", ")
      let rest = specialTokens.count - Self.shownTokens
      let rows = [
        ("kind", kind),
        ("vocabulary", "\(vocabularySize) tokens"),
        ("merges", "\(merges)"),
        ("pre-tokenizer", preTokenizer ?? "none"),
        ("special tokens", specialTokens.isEmpty ? "none" : shown + (rest > 0 ? ", and \(rest) more" : "")),
        ("beginning", named(bosTokenId) + (addsBos ? ", put before a sequence" : "")),
        ("end", named(eosTokenId) + (addsEos ? ", put behind a sequence" : "")),
        ("fingerprint", fingerprint),
      ]
      return rows.map { $0.0.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.1 + "\n" }.joined()
    }

    private func named(_ id: Int32?) -> String {
      guard let id else { return "none" }
      return specialTokens.first { $0.id == id }.map { "\($0.text) (\(id))" } ?? "\(id)"
    }
  }

  func run() throws {
    let report = Report(try TokenizerArgument.open(path))
    try json ? JSONOutput.write(report) : StandardOutput.tell(report.text)
  }
}
