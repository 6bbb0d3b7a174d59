import FileFormats
import Foundation
import Tokenization

/// Tokenizers of every kind of file, which then encode a text and give it back.
enum TokenizerKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    let places = ["json", "configuration", "other"].map { folder.appending(path: $0) }
    for place in places { try FileSystem.createDirectories(place) }
    let json = [byteLevel, characters, qwen, whole, try bytes("tokenizer.json")]
    try Data(byteLevel.utf8).write(to: places[1].appending(path: "tokenizer.json"))
    return [
      InputForm(
        fileName: "json/tokenizer.json", mutator: JSONMutator(json, words: words, values: components)
      ) { url, _ in try use(TokenizerFiles.open(folder: url.deletingLastPathComponent())) },
      InputForm(
        fileName: "configuration/tokenizer_config.json",
        mutator: JSONMutator([configuration, try bytes("tokenizer_config.json")], words: words)
      ) { url, _ in
        let folder = url.deletingLastPathComponent()
        try use(TokenizerFiles.open(folder: folder))
        _ = try ChatTemplate(folder: folder)
      },
      InputForm(
        fileName: "other/tokenizer.model", mutator: BinaryMutator([sentencePiece], front: 4000)
      ) { url, _ in try use(TokenizerFiles.open(url)) },
      InputForm(fileName: "other/vocabulary.bin", mutator: BinaryMutator([llama2C], front: 4000)) { url, _ in
        try use(TokenizerFiles.open(url))
      },
    ]
  }

  /// The tokenizer whose tokens fit a model of eight rows.
  static func textTokenizer(in folder: URL) throws -> any Tokenizer {
    let file = folder.appending(path: "seed-tokenizer.json")
    try Data(whole.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try TokenizerFiles.open(file)
  }

  private static let text = "ab  ba<|end|> é a\u{0}1234 <s>▁c\u{FFFD}\n\t a'll 日本 \u{1F600}e\u{301}"

  private static func use(_ tokenizer: any Tokenizer) throws {
    for tokens in [
      tokenizer.encode(bytes: Array(text.utf8) + [0xFF, 0xC3]),
      tokenizer.encodeSequence(text, parsingSpecialTokens: true),
    ] {
      for token in tokens where token < 0 || token >= tokenizer.vocabularySize {
        throw CocoaError(.coderInvalidValue, userInfo: [NSLocalizedDescriptionKey: "token \(token) of \(tokenizer)"])
      }
      _ = try tokenizer.decode(tokens, skippingSpecialTokens: false)
      _ = try tokenizer.decodeContinuation(tokens, skippingSpecialTokens: true)
    }
    _ = Array(text.utf8).withUnsafeBytes { tokenizer.safeCut(in: $0, near: 7) }
    // What one of its files says, another may have no words for.
    _ = try? tokenizer.ggufMetadata(vocabularySize: tokenizer.vocabularySize)
    _ = try? tokenizer.files(maximumLength: 16, chatTemplate: nil)
    _ = try? tokenizer.adding(specialTokens: ["<|new|>", "<|end|>"], endOfSequence: nil)
  }

  private static func bytes(_ name: String) throws -> String {
    let files = try ByteTokenizer().adding(specialTokens: ["<|end|>"])
      .files(maximumLength: 16, chatTemplate: "{{ messages }}")
    // As others write it: on few lines.
    return String(decoding: files[name] ?? Data(), as: UTF8.self).replacing("\n", with: "").replacing("  ", with: "")
  }

  private static let words = [
    "ByteLevel", "Metaspace", "ByteFallback", "BPE", "Unigram", "WordPiece", "WordLevel", "Sequence", "NFC", "NFKC",
    "Lowercase", "Prepend", "Replace", "Split", "Digits", "Strip", "Fuse", "TemplateProcessing", "Isolated", "Removed",
    "a b", "a", "Ġ", "Ġ a", "▁", "▁a", "<s>", "</s>", "<unk>", "<0x41>", "<0xFF>", "<|end|>", "first", "always",
    "never", "LlamaTokenizer", "{{ bos_token }}", "\\\\p{L}+", "(?:a+)+b",
  ]

  private static let components = [
    #"{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":false,"use_regex":true}"#,
    #"{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend","prepend":"▁"}]}"#,
    #"{"type":"Sequence","pretokenizers":[]}"#, #"{"type":"Replace","pattern":{"String":""},"content":"x"}"#,
    #"{"type":"Split","pattern":{"Regex":"[^\\s]+"},"behavior":"Isolated","invert":false}"#,
    #"{"id":6,"content":"","special":true}"#, #"[["a","b"],["ab","c"]]"#,
  ]

  private static let byteLevel = #"""
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":6,"content":"<|end|>","special":true,
    "single_word":false,"lstrip":false,"rstrip":true,"normalized":false}],"normalizer":{"type":"NFC"},
    "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"post_processor":{"type":"TemplateProcessing",
    "single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<|end|>","type_id":0}}],
    "special_tokens":{"<|end|>":{"id":"<|end|>","ids":[6],"tokens":["<|end|>"]}}},"decoder":{"type":"ByteLevel"},
    "model":{"type":"BPE","ignore_merges":false,"vocab":{"a":0,"b":1,"Ġ":2,"ab":3,"Ġab":4,"c":5},
    "merges":["a b",["Ġ","ab"]]}}
    """#

  /// As of Llama 2.
  private static let characters = #"""
    {"version":"1.0","truncation":null,"padding":null,"added_tokens":[{"id":0,"content":"<unk>","single_word":false,
    "lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":1,"content":"<s>","single_word":false,
    "lstrip":false,"rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"Sequence","normalizers":[
    {"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"pre_tokenizer":null,
    "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},
    {"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}},
    "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},
    {"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
    "model":{"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,"end_of_word_suffix":null,
    "fuse_unk":true,"byte_fallback":true,"vocab":{"<unk>":0,"<s>":1,"▁":2,"a":3,"b":4,"ab":5,"▁ab":6,BYTES},
    "merges":["a b","▁ ab"]}}
    """#.replacing(
      "BYTES", with: (0..<256).map { "\"<0x" + String(format: "%02X", $0) + ">\":\($0 + 7)" }.joined(separator: ","))

  /// One that GGUF files can hold.
  private static let whole = #"""
    {"version":"1.0","added_tokens":[{"id":4,"content":"<|end|>","special":true,"single_word":false,"lstrip":false,
    "rstrip":false,"normalized":false}],"normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,
    "trim_offsets":true,"use_regex":true},"post_processor":null,"decoder":{"type":"ByteLevel"},"model":{"type":"BPE",
    "vocab":{"a":0,"b":1,"ab":2,"Ġ":3},"merges":["a b"]}}
    """#

  private static let qwen = #"""
    {"version":"1.0","added_tokens":[{"id":4,"content":"<|im_start|>","special":true},{"id":5,"content":"<tool>",
    "special":false,"single_word":true,"lstrip":true,"rstrip":true,"normalized":true}],"normalizer":{"type":"NFC"},
    "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
    "behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,
    "use_regex":false}]},"post_processor":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,
    "use_regex":false},"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,"use_regex":false},
    "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"",
    "fuse_unk":false,"byte_fallback":false,"ignore_merges":true,"vocab":{"a":0,"b":1,"ab":2,"Ġ":3},"merges":["a b"]}}
    """#

  private static let configuration = #"""
    {"add_bos_token":true,"add_eos_token":false,"add_prefix_space":null,"bos_token":{"content":"<|end|>","lstrip":false,
    "normalized":false,"rstrip":false,"single_word":false},"eos_token":"<|end|>","pad_token":null,"unk_token":null,
    "model_max_length":1000000000000000019884624838656,"tokenizer_class":"LlamaTokenizer","legacy":true,
    "clean_up_tokenization_spaces":false,"added_tokens_decoder":{"6":{"content":"<|end|>","special":true}},
    "chat_template":[{"name":"default","template":"{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"},
    {"name":"tool_use","template":"{{ tools }}"}]}
    """#

  private static let sentencePiece: [UInt8] = {
    func piece(_ text: String, _ type: UInt8) -> [UInt8] {
      let bytes = Array(text.utf8)
      return [0x0A, UInt8(bytes.count + 9), 0x0A, UInt8(bytes.count)] + bytes + [0x15, 0, 0, 0x80, 0xBF, 0x18, type]
    }
    let pieces = [("<unk>", 2), ("<s>", 3), ("</s>", 3)] as [(String, UInt8)]
    let byteNames = (0..<256).map { ("<0x" + String(format: "%02X", $0) + ">", 6 as UInt8) }
    let words = ["▁", "a", "b", "ab", "▁ab"].map { ($0, 1 as UInt8) }
    return (pieces + byteNames + words).flatMap { piece($0.0, $0.1) }
      + [0x12, 0x02, 0x18, 0x02, 0x1A, 0x04, 0x18, 0x01, 0x20, 0x00]
  }()

  private static let llama2C: [UInt8] = {
    func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    func token(_ text: String, _ score: Float) -> [UInt8] {
      little(score.bitPattern) + little(UInt32(text.utf8.count)) + text.utf8
    }
    let special = ["<unk>", "\n<s>\n", "\n</s>\n"].flatMap { token($0, 0) }
    let bytes = (0..<256).flatMap { token("<0x" + String(format: "%02X", $0) + ">", 0) }
    let words = [("ab", -1), (" ab", -2), ("a", -3), ("b", -4), (" ", -5)] as [(String, Float)]
    return little(7) + special + bytes + words.flatMap { token($0.0, $0.1) }
  }()
}
