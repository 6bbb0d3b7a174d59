import FileFormats
import Foundation
import Testing
import TestSupport

import Architectures

/// What people read who named a path that is no model: the path, what is wrong with it, and what to try.
@Suite struct OpeningErrorTests {
  /// The text of what opening a path throws.
  private func text(_ url: URL, _ open: (URL) throws -> Void = { _ = try StoredModel($0) }) -> String {
    do {
      try open(url)
      return "nothing was thrown"
    } catch {
      return "\(error)"
    }
  }

  @Test func weightsAlone() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("model.safetensors", Data("x".utf8))
    #expect(
      text(url)
        == "\(url.path): holds weights alone, without config.json and tokenizer. Name the folder it belongs to.")
  }

  @Test func adapterAlone() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("adapter_config.json", Data("{}".utf8))
    #expect(
      text(directory.url)
        == "\(directory.url.path): is an adapter. Merge it into its model with `bitnet merge`, or name the model.")
  }

  @Test func noVocabulary() throws {
    let directory = try TemporaryDirectory()
    var bytes = Data()
    for number: Int32 in [4, 2, 1, 2, 1, 5, 3] {
      withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
    // Embedding 20; norms 4 + 4; q 16, k 8, v 8, o 16; three matrices of 8; norm 4; tables of 3 each.
    bytes += Data(count: 4 * (20 + 8 + 48 + 24 + 4 + 6))
    let url = try directory.file("model.bin", bytes)
    #expect(
      text(url) { _ = try StoredModel($0).tokenizer() }
        == "\(url.path): a file of llama2.c has no vocabulary. Put it beside the model as tok5.bin or tokenizer.bin "
        + "or tokenizer.model.")
  }

  @Test func notAModel() throws {
    let directory = try TemporaryDirectory()
    let path = directory.url.path
    #expect(
      text(directory.url) == "\(path): is empty; expected a model folder (config.json) or a run folder (latest).")
    _ = try directory.file("notes\u{1B}[2J.txt")
    #expect(
      text(directory.url)
        == "\(path): neither a model folder (config.json) nor a run folder (latest). It contains notes\\u{1B}[2J.txt. "
        + "Name one of its subfolders, or finish the training run first.")
    for number in 1...9 { _ = try directory.file("file-\(number)") }
    #expect(text(directory.url).contains("It contains file-1, file-2, file-3, "))
    #expect(text(directory.url).contains(", file-8, …. Name one"))
  }

  @Test(arguments: ["../elsewhere", "", "/etc", ".", "..", "a\u{0}b", "a\u{7}", String(repeating: "x", count: 256)])
  func invalidLatest(name: String) throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("latest", Data((name + "\n").utf8))
    try FileManager.default.createDirectory(
      at: directory.url.appending(path: "a"), withIntermediateDirectories: false)
    let shown = ["a\u{0}b": "a\\0b", "a\u{7}": "a\\u{07}"][name] ?? String(name.prefix(60))
    let cut = name.count > 60 ? "…" : ""
    #expect(
      text(directory.url)
        == "\(url.path): contains \"\(shown)\(cut)\", expected the name of a checkpoint folder beside it.")
  }

  @Test func missingCheckpoint() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("latest", Data("step-9".utf8))
    #expect(
      text(directory.url)
        == "\(url.path): names the checkpoint step-9, which is not there. Name an existing checkpoint folder instead.")
  }

  @Test func unknownFile() throws {
    let directory = try TemporaryDirectory()
    let url = try directory.file("notes.txt", Data("x".utf8))
    #expect(
      text(url)
        == "\(url.path): neither a GGUF, a .safetensors nor a llama2.c (.bin) file. Name a model folder, a run folder, or "
        + "such a file.")
  }
}
