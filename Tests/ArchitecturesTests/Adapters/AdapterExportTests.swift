import Architectures
import FileFormats
import Foundation
import Testing
import TestSupport

/// Adapters written as GGUF files: what is in them, and that there is none when something is wrong.
@Suite struct AdapterExportTests {
  /// What the factors of the fixture would belong to does not matter, as long as no rows are reordered.
  private static let model = Architecture(
    vocabularySize: 8, hiddenSize: 4, hiddenLayerCount: 2, attentionHeadCount: 1, keyValueHeadCount: 1,
    intermediateSize: 6, hiddenActivation: .silu)

  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func adapter(_ ranks: [String: Int], _ settings: [String: JSONValue]) throws -> LoRAAdapter {
    let folder = directory.url.appendingPathComponent("adapter-\(UUID().uuidString)")
    return try LoRAAdapter(AdapterFixture.write(to: folder, ranks: ranks, settings: settings))
  }

  /// α·√r is no number of float32 for most ranks, and (α·√r)/r not always the nearest one to α/√r.
  @Test(arguments: [false, true]) func everyRankKeepsItsScale(usesRankStabilization: Bool) throws {
    let file = directory.url.appendingPathComponent("adapter.gguf")
    for rank in 1...64 {
      let adapter = try adapter(
        ["0.self_attn.q_proj": rank, "1.mlp.down_proj": rank],
        ["r": .integer(rank), "lora_alpha": .number(17), "use_rslora": .boolean(usesRankStabilization)])
      try adapter.writeGGUF(to: file, for: Self.model)
      let written = try LoRAAdapter(file)
      #expect(written.factors.keys == adapter.factors.keys)
      for (name, factors) in adapter.factors {
        let read = try #require(written.factors[name])
        #expect(abs(read.scale - factors.scale) <= 2 * factors.scale.ulp, "rank \(rank)")
        #expect(
          try written.a(read) == adapter.a(factors)
            && written.b(read, on: Self.model) == adapter.b(factors, on: Self.model), "rank \(rank)")
      }
    }
    #expect(try directory.entries.filter { !$0.hasPrefix("adapter-") } == ["adapter.gguf"])
  }

  @Test func differentRanksShareAnAlphaOrAreRefused() throws {
    let file = directory.url.appendingPathComponent("adapter.gguf")
    let ranks = ["0.self_attn.q_proj": 3, "1.self_attn.q_proj": 5]
    func settings(_ usesRankStabilization: Bool) -> [String: JSONValue] {
      [
        "r": .integer(3), "rank_pattern": .object(["1.self_attn.q_proj": .integer(5)]),
        "use_rslora": .boolean(usesRankStabilization),
      ]
    }
    #expect(throws: AdapterError.self) {
      try adapter(ranks, settings(true)).writeGGUF(to: file, for: Self.model)
    }
    #expect(!FileSystem.exists(file))
    try adapter(ranks, settings(false)).writeGGUF(to: file, for: Self.model)
    #expect(Set(try LoRAAdapter(file).factors.values.map(\.scale)) == [16 / 3, 16 / 5])
  }

  /// Makes it a NaN, in place: whoever has the file mapped sees it.
  private func breakLastNumber(of url: URL) throws {
    let file = try FileHandle(forWritingTo: url)
    try file.seek(toOffset: file.seekToEnd() - 4)
    try file.write(contentsOf: Data([0, 0, 0xC0, 0x7F]))
    try file.close()
  }

  /// Found before it is written, or when it is read again: an older file stays, and nothing else is left behind.
  @Test func aFileThatIsNotTheAdapterDoesNotGetItsName() throws {
    let file = try directory.file("adapter.gguf", Data("older".utf8))
    let tooLarge = try adapter(
      ["0.self_attn.q_proj": 4], ["r": .integer(4), "lora_alpha": .number(3e38), "use_rslora": .boolean(true)])
    #expect(throws: AdapterError.self) { try tooLarge.writeGGUF(to: file, for: Self.model) }
    let broken = try adapter(["0.self_attn.q_proj": 4], ["r": .integer(4)])
    try breakLastNumber(of: broken.url.appendingPathComponent(LoRAAdapter.weightsFileName))
    let error = #expect(throws: AdapterError.self) { try broken.writeGGUF(to: file, for: Self.model) }
    #expect(error?.path == file.path)
    #expect(error?.description.contains("was not written") == true)
    #expect(try Data(contentsOf: file) == Data("older".utf8))
    #expect(try directory.entries.filter { !$0.hasPrefix("adapter-") } == ["adapter.gguf"])
  }
}
