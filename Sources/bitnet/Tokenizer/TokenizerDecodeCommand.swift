import ArgumentParser
import Foundation
import Tokenization

struct TokenizerDecodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Print the text of token ids.",
    discussion: """
      The bytes of the text and nothing else: no line feed follows, and they need not be valid UTF-8. Special tokens are \
      spelled out.

        bitnet tokenizer decode model.gguf --ids 1,2,3
      """)

  @Argument(help: ArgumentHelp(TokenizerArgument.help, valueName: "model"))
  var path: String

  @Option(help: ArgumentHelp("The ids, separated by commas or spaces.", valueName: "id,id,…"))
  var ids: String

  @Flag(help: "Leave special tokens out.")
  var skipSpecial = false

  func validate() throws { _ = try Self.numbers(in: ids) }

  func run() throws {
    let tokenizer = try TokenizerArgument.open(path)
    let bytes = try tokenizer.decode(Self.numbers(in: ids), skippingSpecialTokens: skipSpecial)
    try StandardOutput.write(words: Data(bytes))
  }

  /// Numbers beyond 32 bits are no ids of any vocabulary.
  private static func numbers(in text: String) throws -> [Int32] {
    try text.split { $0 == "," || $0.isWhitespace }.map { word in
      guard let id = Int32(word) else {
        throw ValidationError("--ids must be whole numbers separated by commas, got \"\(word.prefix(40))\"")
      }
      return id
    }
  }
}
