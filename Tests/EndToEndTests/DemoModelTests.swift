import Foundation
import Testing

/// The model that lies in the repository, so that something answers as soon as the program is built.
@Suite struct DemoModelTests {
  private static let path = CommandLineTool.root.appending(path: "checkpoints/demo.gguf").path

  @Test func answersAsItsPageShows() throws {
    let directory = FileManager.default.temporaryDirectory
    let result = try CommandLineTool.run(
      ["chat", Self.path, "--temperature", "0"], in: directory,
      input: "reverse: lamp\nupper: river\n/reset\nlength: lamp\n")
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.split(separator: "\n") == ["pmal", "RIVER", "4"], "\(result.output)")
  }

  @Test func isSmallAndSound() throws {
    let size = try FileManager.default.attributesOfItem(atPath: Self.path)[.size] as? Int
    #expect(try #require(size) < 1_000_000)
    let result = try CommandLineTool.run(["verify", Self.path], in: FileManager.default.temporaryDirectory)
    #expect(result.exitCode == 0, "\(result.output)")
  }
}
