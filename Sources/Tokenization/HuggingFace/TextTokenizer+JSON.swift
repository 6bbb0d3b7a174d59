import FileFormats
import Foundation

extension TokenizerFiles {
  /// Reads a tokenizer.json and the tokenizer_config.json beside it.
  static func open(tokenizerJSON url: URL) throws -> any Tokenizer {
    let data = try TokenizerFile.read(url)
    let configuration = try TokenizerConfigurationJSON(folder: url.deletingLastPathComponent())
    do {
      let contents = try data.withUnsafeBytes { try TokenizerJSONContents($0) }
      if contents.vocabulary.count == 256, contents.merges.isEmpty, contents.hasVocabulary,
        let bytes = try? ByteTokenizer(json: data, path: url.path, configuration: configuration)
      {
        return bytes
      }
      return try TokenizerJSONReader(contents: contents, path: url.path, configuration: configuration)
        .tokenizer(json: Array(data))
    } catch let error as JSONSyntaxError {
      throw TokenizerError.unreadable(path: url.path, reason: "not a tokenizer file: \(error)")
    } catch let problem as VocabularyProblem {
      throw TokenizerError.unreadable(path: url.path, reason: problem.text)
    }
  }
}
