import FileFormats
import Foundation
import Testing
import TestSupport

import Architectures

/// Indices of shards that lie.
@Suite struct HostileIndexTests {
  /// - Parameter change: of weight_map, from tensor to file.
  private func refusal(_ change: (inout [String: JSONValue], HostileFolder) throws -> Void) throws -> String {
    let folder = try HostileFolder(.bitnet, shards: 3)
    var map = folder.index["weight_map"]?.objectValue ?? [:]
    try change(&map, folder)
    let text = JSONDraft(.object(["weight_map": .object(map)])).written
    _ = try folder.directory.file("model.safetensors.index.json", Data(text.utf8))
    return folder.refusal().map { "\($0)" } ?? "accepted"
  }

  @Test func theTruthIsAccepted() throws {
    #expect(try refusal { _, _ in } == "accepted")
  }

  /// A download that stopped: everything that is missing, at once.
  @Test func missingShardsAreAllNamed() throws {
    let text = try refusal { _, folder in
      for shard in [0, 2] {
        try FileManager.default.removeItem(atPath: folder.directory.path("model-\(shard).safetensors"))
      }
    }
    for shard in [0, 2] {
      #expect(text.contains("\n  - model-\(shard).safetensors is not there, but model.safetensors.index.json names it"))
    }
    #expect(!text.contains("model-1"))
  }

  @Test(arguments: [
    "../model.safetensors", "/etc/model.safetensors", "a/b.safetensors", "model-0.safetensors\\u0000.safetensors",
    "a\\nb.safetensors", "config.json", "", "..", String(repeating: "x", count: 300) + ".safetensors",
  ])
  func filesElsewhere(name: String) throws {
    let folder = try HostileFolder(.bitnet, shards: 3)
    let text = JSONDraft(folder.index).written.replacing(
      #""model.norm.weight":"model-2.safetensors""#, with: #""model.norm.weight":"\#(name)""#)
    _ = try folder.directory.file("model.safetensors.index.json", Data(text.utf8))
    let refusal = folder.refusal().map { "\($0)" } ?? "accepted"
    #expect(refusal.contains("model.safetensors.index.json: weight_map has the string \""), "\(refusal)")
    #expect(refusal.contains("for model.norm.weight, expected the name of a .safetensors file beside it"), "\(refusal)")
  }

  @Test func tensorsInTheWrongShard() throws {
    let text = try refusal { map, _ in map["model.norm.weight"] = .string("model-0.safetensors") }
    #expect(text.contains("model.norm.weight is in model-2.safetensors, the index says model-0.safetensors"))
  }

  @Test func tensorsInTwoShards() throws {
    let text = try refusal { map, folder in
      let copy = try Data(contentsOf: folder.url.appending(path: "model-2.safetensors"))
      _ = try folder.directory.file("copy.safetensors", copy)
      map["another.weight"] = .string("copy.safetensors")
    }
    #expect(text.contains("model.norm.weight is in copy.safetensors, the index says model-2.safetensors"))
  }

  @Test func mapsThatComeTwice() throws {
    let folder = try HostileFolder(.bitnet, shards: 3)
    let map = JSONDraft(folder.index["weight_map"] ?? .null).written
    _ = try folder.directory.file(
      "model.safetensors.index.json", Data(#"{"weight_map":\#(map),"weight_map":\#(map)}"#.utf8))
    let text = folder.refusal().map { "\($0)" } ?? "accepted"
    #expect(
      text.contains(#"model.safetensors.index.json: line"#) && text.contains(#"the key "weight_map" occurs twice"#))
  }
}
