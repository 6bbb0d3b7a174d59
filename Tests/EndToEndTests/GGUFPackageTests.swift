import Foundation
import Testing

/// Exported files in llama.cpp's own Python package.
@Suite(.enabled(if: Python.has("gguf"), "set BITNET_PYTHON to a Python with the package gguf"))
struct GGUFPackageTests {
  @Test(arguments: ["tq1_0", "tq2_0"])
  func readsAndRepacksTheSame(type: String) throws {
    let run = try PackedRun()
    try run.run("export", "run", "--type", type, "--output", "a.gguf")
    let text = try Python.run(script: "gguf_listing.py", "a.gguf", "--requantize", in: run.directory)
    let listing = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let inspection = try run.json("inspect", "a.gguf")
    let metadata = try #require(inspection["metadata"] as? [String: Any])
    #expect(Set(try #require(listing["keys"] as? [String])) == Set(metadata.keys))
    let theirs = try #require(listing["tensors"] as? [[String: Any]])
    let ours = try #require(inspection["tensors"] as? [[String: Any]])
    #expect(theirs.count == ours.count)
    for (their, our) in zip(theirs, ours) {
      #expect(their["name"] as? String == our["name"] as? String)
      #expect(their["shape"] as? [Int] == our["shape"] as? [Int])
      #expect(their["same"] as? Bool ?? true, "\(their)")
    }
    #expect(theirs.count { $0["same"] != nil } == 14)
  }
}
