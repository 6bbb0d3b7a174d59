import FileFormats
import Foundation
import Kernels
import Testing
import TestSupport

import Architectures

/// Indices of shards that chance has spoilt, beside files that are none.
@Suite struct ShardIndexMutationTests {
  private static let count = 10_000

  /// What weight_map may name besides the shards that are right.
  private static let names = [
    "model-0.safetensors", "model-1.safetensors", "model-2.safetensors", "model-3.safetensors", "twice.safetensors",
    "directory.safetensors", "pipe.safetensors", "empty.safetensors", "loop.safetensors", "nothing.safetensors",
    "../outside.safetensors", "/etc/passwd", "/tmp/x.safetensors", "./model-0.safetensors", "a/b.safetensors", "..",
    ".", ".safetensors", "config.json", "model-0.safetensors\\u0000", "config.json\\u0000.safetensors",
    "%2e%2e%2foutside.safetensors", "a\\u001b[2J.safetensors", "\\u202e.safetensors",
    String(repeating: "long", count: 5000) + ".safetensors",
  ].map { "\"\($0)\"" }

  /// Entries for which the system has every kind of answer.
  private static func addTraps(to folder: HostileFolder) throws {
    let directory = folder.directory
    let whole = try Data(contentsOf: directory.url.appending(path: "model-0.safetensors"))
    _ = try directory.file("twice.safetensors", whole)
    _ = try directory.file("empty.safetensors")
    _ = try directory.file("hidden")
    try FileManager.default.createDirectory(
      at: directory.url.appending(path: "directory.safetensors"), withIntermediateDirectories: false)
    #expect(mkfifo(directory.path("pipe.safetensors"), 0o600) == 0)
    #expect(symlink("loop.safetensors", directory.path("loop.safetensors")) == 0)
  }

  @Test func aModelOrAnErrorThatSaysWhy() async throws {
    await #expect(processExitsWith: .success) {
      try ThreadPool.$current.withValue(.serial) {
        var mutants = TextMutants(seed: 77)
        var (accepted, refused, complaints) = (0, 0, Set<String>())
        let folder = try HostileFolder(.bitnet, shards: 3)
        #expect(folder.refusal() == nil)
        try Self.addTraps(to: folder)
        #expect(folder.refusal() == nil)
        let watch = HostileFileWatch(fileBytes: 1 << 20)
        let file = try RewrittenFile("model.safetensors.index.json", in: folder.directory)
        for _ in 0..<Self.count {
          try file.write(mutants.index(folder.index, names: Self.names))
          guard let refusal = watch.time({ folder.refusal() }) else {
            accepted += 1
            continue
          }
          refused += 1
          let found = RefusalCheck.complaint(about: refusal, in: folder.url, file: file.url.lastPathComponent)
          if let found { complaints.insert(found) }
        }
        #expect(complaints.isEmpty, "\(complaints.count): \(complaints.sorted().prefix(12).joined(separator: "\n"))")
        #expect(accepted > 200 && refused > 5000, "\(accepted) accepted, \(refused) refused")
        #expect(watch.problems.isEmpty, "\(watch.problems)")
      }
    }
  }
}

extension TextMutants {
  fileprivate mutating func index(_ whole: JSONValue, names: [String]) -> [UInt8] {
    var draft = JSONDraft(whole)
    guard number(below: 4) > 0 else { return spoil(draft.written) }
    for _ in 0...number(below: 3) {
      _ = changeMember(of: &draft, to: number(below: 3) == 0 ? Self.values : names)
    }
    return Array(draft.written.utf8)
  }
}
