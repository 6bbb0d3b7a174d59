import FileFormats
import Foundation

extension TrainedVocabulary {
  /// The files from which the `tokenizers` and `transformers` libraries build the same tokenizer, by name.
  /// - Parameter maximumLength: the longest sequence that the model takes; nil: none is stated.
  public func files(maximumLength: Int? = nil) throws -> [String: Data] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let configuration = TokenizerConfigurationJSON(
      tokenizerClass: "PreTrainedTokenizerFast",
      modelMaximumLength: maximumLength.map { .init(positions: $0) },
      cleanUpTokenizationSpaces: false,
      endOfSequenceToken: specialTokens.first { $0.id == endOfSequenceTokenID }.map {
        TokenizerConfigurationJSON.Token(content: $0.text)
      },
      chatTemplate: nil)
    return [
      ByteTokenizer.tokenizerFileName: tokenizerJSON(),
      TokenizerConfigurationJSON.fileName: try encoder.encode(configuration) + Data("\n".utf8),
    ]
  }

  /// Writes the files to a folder that does not exist yet.
  /// - Throws: `FileError`; `alreadyExists` when the folder exists.
  public func write(to folder: URL, maximumLength: Int? = nil) throws {
    let directory = try AtomicDirectory(target: folder)
    for (name, contents) in try files(maximumLength: maximumLength) { try directory.write(contents, to: name) }
    try directory.commit()
  }

  /// Tokens stand in the order of their ids and merges as `"left right"`, the form that every version reads.
  private func tokenizerJSON() -> Data {
    let byteLevel = #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}"#
    let spellings = tokens.map { bytes in
      var spelling = ""
      spelling.unicodeScalars.append(contentsOf: bytes.map { ByteCharacters.scalars[Int($0)] })
      return spelling
    }
    let vocabulary = spellings.enumerated().map { "\(Self.quoted($1)): \($0)" }
    let merges = merges.map { Self.quoted("\(spellings[Int($0.left)]) \(spellings[Int($0.right)])") }
    let text = """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [\(Self.lines(specialTokens.map(Self.addedToken), indent: 4))],
        "normalizer": null,
        "pre_tokenizer": \(byteLevel),
        "post_processor": null,
        "decoder": \(byteLevel),
        "model": {
          "type": "BPE",
          "dropout": null,
          "unk_token": null,
          "continuing_subword_prefix": null,
          "end_of_word_suffix": null,
          "fuse_unk": false,
          "byte_fallback": false,
          "vocab": {\(Self.lines(vocabulary, indent: 6))},
          "merges": [\(Self.lines(merges, indent: 6))]
        }
      }

      """
    return Data(text.utf8)
  }

  private static func addedToken(_ token: SpecialToken) -> String {
    """
    {"id": \(token.id), "content": \(quoted(token.text)), "single_word": false, "lstrip": false, "rstrip": false, \
    "normalized": false, "special": true}
    """
  }

  /// Elements on a line each, between the brackets of an array or object.
  private static func lines(_ elements: [String], indent: Int) -> String {
    guard !elements.isEmpty else { return "" }
    let start = "\n" + String(repeating: " ", count: indent)
    return start + elements.joined(separator: "," + start) + "\n" + String(repeating: " ", count: indent - 2)
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\u{0}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
