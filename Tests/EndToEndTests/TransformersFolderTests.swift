import FileFormats
import Foundation
import TestSupport
import Testing

/// Folders that were written are opened by transformers, with the logits of the folders that they were made from.
@Suite(
  .enabled(
    if: Python.has("transformers") && Python.has("accelerate"), "set BITNET_PYTHON to a Python with transformers"))
struct TransformersFolderTests {
  private struct Comparison: Decodable {
    let difference: Float
    let close_tokens: Int
    let tokens: Int
  }

  private static func compare(_ pairs: [(URL, URL)], in directory: URL) throws -> [Comparison] {
    let output = try Python.run(
      script: "transformers_compare.py", pairs.flatMap { [$0.path, $1.path] }, in: directory)
    return try output.split(separator: "\n").map { try JSONDecoder().decode(Comparison.self, from: Data($0.utf8)) }
  }

  @Test func everyClassHasTheLogitsOfItsSource() throws {
    let place = try TemporaryDirectory()
    let (models, written) = (place.url.appending(path: "models"), place.url.appending(path: "written"))
    _ = try Python.run(file: "scripts/make-reference-models.py", [models.path], in: place.url)
    try FileManager.default.createDirectory(at: written, withIntermediateDirectories: true)
    let sources = try FileSystem.contents(of: models).sorted { $0.path < $1.path }
    #expect(sources.count >= 20)
    var (asStored, masters): ([(URL, URL)], [(URL, URL)]) = ([], [])
    for source in sources {
      func export(_ suffix: String, _ arguments: [String]) throws -> URL {
        let target = written.appending(path: source.lastPathComponent + suffix)
        let result = try CommandLineTool.run(
          ["export", source.path, "--format", "huggingface", "--output", target.path] + arguments)
        try #require(result.exitCode == 0, "\(source.lastPathComponent): \(result.errors)")
        return target
      }
      asStored.append((source, try export("", [])))
      masters.append((source, try export("-f32", ["--type", "f32"])))
    }
    var close = 0
    let found = try Self.compare(asStored + masters, in: place.url)
    for ((source, target), result) in zip(asStored + masters, found) {
      print("\(target.lastPathComponent): logits of transformers differ by up to \(result.difference)")
      // Quantised activations on a rounding boundary turn over where a scale is multiplied instead of divided by.
      let isQuantized = try String(contentsOf: source.appending(path: "config.json"), encoding: .utf8)
        .contains("quantization_config")
      #expect(result.difference <= (isQuantized ? 0.1 : 0), "\(target.lastPathComponent)")
      if result.close_tokens == result.tokens { close += 1 }
    }
    #expect(found.count == 2 * sources.count && close >= found.count - 2, "\(close) of \(found.count)")
  }

  /// Files hold the rows of queries and keys in another order; the folder of one has those of the run again.
  @Test(arguments: ["silu", "relu2"])
  func aFileHasTheLogitsOfItsRun(activation: String) throws {
    let run = try PackedRun(activation: activation, scaleDataType: "float32")
    try run.run("export", "run", "--type", "i2_s", "--head-type", "f32", "--output", "a.gguf")
    try run.run("export", "a.gguf", "--format", "huggingface", "--output", "packed")
    try run.run("export", "a.gguf", "--format", "huggingface", "--type", "f32", "--output", "masters")
    let checkpoint = try run.checkpoint()
    let found = try Self.compare(
      ["packed", "masters"].map { (checkpoint, run.directory.appending(path: $0)) }, in: run.directory)
    #expect(found.count == 2)
    for result in found { #expect(result.difference < 0.1 && result.close_tokens * 2 > result.tokens, "\(result)") }
  }
}
