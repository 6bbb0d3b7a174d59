import Foundation
import Testing
import TestSupport

import FileFormats

@Suite struct ManifestTests {
  private func checkpoint(in directory: TemporaryDirectory) throws -> URL {
    let url = directory.url.appendingPathComponent("step")
    let pending = try AtomicDirectory(target: url)
    try pending.write(Data("abc".utf8), to: "model.safetensors")
    try pending.write(Data(), to: "empty")
    try pending.write(Data("{}".utf8), to: "trainer/state.json")
    let manifest = try Manifest(describing: pending.temporary)
    try pending.write(manifest.serialized(), to: "trainer/\(Manifest.fileName)")
    try pending.commit()
    return url
  }

  private func manifest(of folder: URL) throws -> Manifest {
    try Manifest(contentsOf: folder.appendingPathComponent("trainer/\(Manifest.fileName)"))
  }

  @Test func describesEveryFile() throws {
    let directory = try TemporaryDirectory()
    let folder = try checkpoint(in: directory)
    let manifest = try manifest(of: folder)
    #expect(manifest.files.keys.sorted() == ["empty", "model.safetensors", "trainer/state.json"])
    // FIPS 180-2, appendix B.1: SHA-256 of "abc".
    #expect(
      manifest.files["model.safetensors"]
        == Manifest.Entry(size: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
    try manifest.verify(folder)
    #expect(try Manifest(describing: folder) == manifest)
  }

  @Test func namesEveryDamagedFile() throws {
    let directory = try TemporaryDirectory()
    let folder = try checkpoint(in: directory)
    let manifest = try manifest(of: folder)
    try Data("abd".utf8).write(to: folder.appendingPathComponent("model.safetensors"))
    try Data("{".utf8).write(to: folder.appendingPathComponent("trainer/state.json"))
    try FileManager.default.removeItem(at: folder.appendingPathComponent("empty"))
    let expected = ManifestError(
      path: folder.path,
      problems: [
        .missing(file: "empty"), .changed(file: "model.safetensors"),
        .wrongSize(file: "trainer/state.json", expected: 2, found: 1),
      ])
    #expect(throws: expected) { try manifest.verify(folder) }
  }

  @Test func refusesBrokenManifests() throws {
    let directory = try TemporaryDirectory()
    let broken = try directory.file("broken", Data("{\"files\": 1}".utf8))
    #expect(throws: ManifestError(path: broken.path, problems: [.unreadable])) {
      try Manifest(contentsOf: broken)
    }
    let text = #"{"files": {"../secret": {"size": 1, "sha256": ""}}}"#
    let escaping = try directory.file("escaping", Data(text.utf8))
    #expect(throws: ManifestError(path: escaping.path, problems: [.outside(file: "../secret")])) {
      try Manifest(contentsOf: escaping)
    }
  }
}
