import Foundation
import TestSupport
import Testing

import Kernels
import Tokenization

@Suite struct TrainedVocabularyFilesTests {
  private func vocabulary() throws -> TrainedVocabulary {
    try VocabularyTrainer(
      vocabularySize: 320, specialTokens: ["<|endoftext|>", "a \"quoted\" \\ \n one"]
    ).train(on: madeUpText(words: 2000))
  }

  @Test func theFileHoldsTokensMergesAndSpecialTokens() throws {
    let vocabulary = try vocabulary()
    let files = try vocabulary.files(maximumLength: 512)
    #expect(files.keys.sorted() == ["tokenizer.json", "tokenizer_config.json"])
    let json = try JSONSerialization.jsonObject(with: files["tokenizer.json"] ?? Data())
    let members = try #require(json as? [String: Any])
    let model = try #require(members["model"] as? [String: Any])
    let tokens = try #require(model["vocab"] as? [String: Int])
    #expect(tokens.count == 318)
    #expect(tokens["A"] == 32)
    #expect(tokens["Ġ"] == 220)
    let merges = try #require(model["merges"] as? [String])
    #expect(merges.count == 62)
    for (number, merge) in merges.enumerated() {
      #expect(tokens[merge.replacing(" ", with: "")] == 256 + number)
    }
    let added = try #require(members["added_tokens"] as? [[String: Any]])
    #expect(added.map { $0["content"] as? String } == ["<|endoftext|>", "a \"quoted\" \\ \n one"])
    #expect(added.map { $0["id"] as? Int } == [318, 319])
    let configuration = try JSONSerialization.jsonObject(with: files["tokenizer_config.json"] ?? Data())
    let settings = try #require(configuration as? [String: Any])
    #expect(settings["eos_token"] as? String == "<|endoftext|>")
    #expect(settings["model_max_length"] as? Int == 512)
    #expect(settings["clean_up_tokenization_spaces"] as? Bool == false)
    #expect(settings["tokenizer_class"] as? String == "PreTrainedTokenizerFast")
  }

  @Test func aFolderThatExistsIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let folder = directory.url.appendingPathComponent("tokenizer")
    try vocabulary().write(to: folder)
    let before = try Data(contentsOf: folder.appendingPathComponent("tokenizer.json"))
    #expect(throws: (any Error).self) { try vocabulary().write(to: folder) }
    #expect(try Data(contentsOf: folder.appendingPathComponent("tokenizer.json")) == before)
    #expect(try directory.entries == ["tokenizer"])
  }

  private static let samples = [
    "banero marti", " banero", "  two  spaces\n\n\tand tabs ", "it's we'll I'd they've 12345 3.14",
    "naïve Zürich café — “quotes” … 東京 тест مرحبا 👩‍👩‍👧", "<|endof text|>", "[[Anarchism]] &quot;x&quot;\r\n",
  ]

  /// Python's `tokenizers` opens the file and cuts words as the merges do, and gives text back.
  @Test(.enabled(if: Python.has("tokenizers"), "set BITNET_PYTHON to a Python with the package tokenizers"))
  func tokenizersEncodesAsTheMergesDo() throws {
    let directory = try TemporaryDirectory()
    let folder = directory.url.appendingPathComponent("tokenizer")
    let vocabulary = try vocabulary()
    try vocabulary.write(to: folder)
    let printed = try Python.run(
      """
      import json, sys
      from tokenizers import Tokenizer
      tokenizer = Tokenizer.from_file(sys.argv[1])
      texts = json.loads(sys.argv[2])
      encodings = [tokenizer.encode(text) for text in texts]
      assert all(tokenizer.decode(e.ids) == text for e, text in zip(encodings, texts))
      assert tokenizer.encode("x<|endoftext|>").ids == [87, 318]
      print(json.dumps([e.ids for e in encodings]))
      """, folder.appendingPathComponent("tokenizer.json").path,
      String(decoding: try JSONEncoder().encode(Self.samples), as: UTF8.self))
    let ids = try JSONDecoder().decode([[Int32]].self, from: Data(printed.utf8))
    #expect(ids == Self.samples.map { text in Self.words(of: text).flatMap(vocabulary.segment) })
  }

  /// On the words of GPT-2, the trainer of `tokenizers` finds the same merges in the same order.
  @Test(.enabled(if: Python.has("tokenizers"), "set BITNET_PYTHON to a Python with the package tokenizers"))
  func theTrainerOfTokenizersFindsTheSameMerges() throws {
    let directory = try TemporaryDirectory()
    let text = (0..<40).map { Self.samples.joined(separator: "\n") + madeUpText(words: 500, seed: $0) }.joined()
    let vocabulary = try Array(text.utf8).withUnsafeBytes { try VocabularyTrainer(vocabularySize: 900).train(on: $0) }
    #expect(vocabulary.merges.count > 400)
    let folder = directory.url.appendingPathComponent("tokenizer")
    try vocabulary.write(to: folder)
    let printed = try Python.run(
      """
      import json, sys
      from tokenizers import Tokenizer, models, pre_tokenizers, trainers
      ours = json.load(open(sys.argv[1]))["model"]
      tokenizer = Tokenizer(models.BPE())
      tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
      tokenizer.train_from_iterator([open(sys.argv[2], newline="").read()], trainers.BpeTrainer(
          vocab_size=len(ours["vocab"]), min_frequency=2, special_tokens=[], show_progress=False,
          initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
      theirs = json.loads(tokenizer.to_str())["model"]
      pairs = [merge.split(" ") for merge in ours["merges"]]
      print(pairs == [list(m) if isinstance(m, list) else m.split(" ") for m in theirs["merges"]],
            ours["vocab"] == theirs["vocab"])
      """, folder.appendingPathComponent("tokenizer.json").path, try directory.file("text", Data(text.utf8)).path)
    #expect(printed == "True True\n")
  }

  /// The words of GPT-2.
  private static func words(of text: String) -> [[UInt8]] {
    var words: [[UInt8]] = []
    Array(text.utf8).withUnsafeBytes { bytes in
      GPT2WordSplitter().forEachWord(in: bytes) { words.append(Array(bytes[$0])) }
    }
    return words
  }
}

/// A Python that looks at our files with the packages of others.
private enum Python {
  private static let interpreter = ProcessInfo.processInfo.environment["BITNET_PYTHON"].flatMap {
    $0.isEmpty ? nil : $0
  }

  static func has(_ package: String) -> Bool { interpreter != nil && (try? run("import \(package)")) != nil }

  /// Runs a program, which must succeed, and returns what it prints.
  static func run(_ program: String, _ arguments: String...) throws -> String {
    let directory = try TemporaryDirectory()
    let process = Process()
    process.executableURL = URL(filePath: interpreter ?? "python3")
    process.arguments = ["-c", program] + arguments
    // A file, not a pipe: a pipe that nobody empties stops the process.
    let output = try directory.file("output")
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "python failed")
    return try String(contentsOf: output, encoding: .utf8)
  }
}
