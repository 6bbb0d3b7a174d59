import FileFormats
import Foundation

extension TextTokenizer {
  public func files(maximumLength: Int, chatTemplate: String?) throws -> [String: Data] {
    func token(_ id: Int32?) -> TokenizerConfigurationJSON.Token? {
      id.flatMap { id in addedTokens.first { $0.id == id } }.map {
        TokenizerConfigurationJSON.Token(content: $0.content)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let configuration = TokenizerConfigurationJSON(
      tokenizerClass: "PreTrainedTokenizerFast",
      modelMaximumLength: .init(positions: maximumLength),
      cleanUpTokenizationSpaces: false,
      beginningOfSequenceToken: token(roles.beginningOfSequence),
      endOfSequenceToken: token(roles.endOfSequence),
      paddingToken: token(roles.padding),
      unknownToken: token(roles.unknown),
      chatTemplate: chatTemplate.map { TokenizerConfigurationJSON.Template(text: $0) })
    let json = try origin.json.map { Data($0) } ?? TokenizerJSONWriter(tokenizer: self).data()
    return [
      ByteTokenizer.tokenizerFileName: json,
      TokenizerConfigurationJSON.fileName: try encoder.encode(configuration) + Data("\n".utf8),
    ]
  }
}
