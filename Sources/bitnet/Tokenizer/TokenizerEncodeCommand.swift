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
    let ids = try text.map { encode($0, tokenizer) } ?? encode(contentsOf: file ?? "", tokenizer)
    if json { return try JSONOutput.write(Report(ids: ids)) }
    StandardOutput.tell(ids.map(String.init).joined(separator: " "))
  }

  private func encode(_ text: String, _ tokenizer: any Tokenizer) -> [Int32] {
    addSpecial
      ? tokenizer.encodeSequence(text, parsingSpecialTokens: parseSpecial)
      : tokenizer.encode(text, parsingSpecialTokens: parseSpecial)
  }

  private func encode(contentsOf path: String, _ tokenizer: any Tokenizer) throws -> [Int32] {
    try MappedFile(URL(fileURLWithPath: path), allowsEmpty: true).withBytes { bytes in
      guard addSpecial || parseSpecial else { return tokenizer.encode(bytes: bytes) }
      guard let text = String(validating: bytes, as: UTF8.self) else { throw NotText(path: path) }
      return encode(text, tokenizer)
    }
  }
}

private struct NotText: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path): is not valid UTF-8, which --add-special and --parse-special expect. Leave them out, or mend the file."
  }
}
