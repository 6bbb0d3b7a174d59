import ArgumentParser
import FileFormats
import Foundation
import Tokenization

struct TokenizerEncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Print the token ids of a text.",
    discussion: """
      Nothing is added and the texts of special tokens are ordinary text, unless options say otherwise.

        bitnet tokenizer encode model.gguf --text "Hello, world" --json
      """)

  @Argument(help: ArgumentHelp(TokenizerArgument.help, valueName: "model"))
  var path: String

  @Option(help: ArgumentHelp("Encode the bytes of a file.", valueName: "file"))
  var file: String?

  @Option(help: ArgumentHelp("Encode this text.", valueName: "text"))
  var text: String?

  @Flag(help: "Put the tokens around the text that the tokenizer has for the beginning and end of a sequence.")
  var addSpecial = false

  @Flag(help: "Let the texts of special tokens stand for the tokens.")
  var parseSpecial = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard (file == nil) != (text == nil) else { throw ValidationError("give the text with either --file or --text") }
  }

  private struct Report: Encodable {
    let ids: [Int32]
  }

  func run() throws {
    let tokenizer = try TokenizerArgument.open(path)
    let bytes = try text.map { Array($0.utf8) } ?? Self.contents(of: file ?? "")
    let ids =
      addSpecial
      ? tokenizer.encodeSequence(bytes, parsingSpecialTokens: parseSpecial)
      : tokenizer.encode(bytes, parsingSpecialTokens: parseSpecial)
    if json { return try JSONOutput.write(Report(ids: ids)) }
    try StandardOutput.write(ids.map(String.init).joined(separator: " ") + "\n")
  }

  private static func contents(of path: String) throws -> [UInt8] {
    try MappedFile(URL(fileURLWithPath: path), allowsEmpty: true).withBytes { Array($0) }
  }
}
