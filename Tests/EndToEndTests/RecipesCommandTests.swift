import Foundation
import Testing

/// `bitnet recipes`, and the exit codes that all commands share.
@Suite struct RecipesCommandTests {
  private func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "recipes-command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func listNamesRecipesWithTheirSize() throws {
    let result = try CommandLineTool.run(["recipes", "ls"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("enwik8-small            5.2M  BitNet b1.58 on enwik8"))
    #expect(result.errors.isEmpty)
  }

  @Test func recipesAreFoundFromAnyFolder() throws {
    try withTemporaryFolder { (folder: URL) throws in
      let shown = try CommandLineTool.run(["recipes", "cat", "quickstart"], in: folder)
      let file = CommandLineTool.root.appending(path: "recipes/quickstart.yaml")
      #expect(try shown.output == String(contentsOf: file, encoding: .utf8))
      try "# Mine.\n".write(to: folder.appending(path: "own.yaml"), atomically: false, encoding: .utf8)
      let own = try CommandLineTool.run(
        ["recipes", "cat", "own"], environment: ["BITNET_RECIPES": folder.path])
      #expect(own.output == "# Mine.\n")
    }
  }

  @Test func copyNeverOverwrites() throws {
    try withTemporaryFolder { (folder: URL) throws in
      let first = try CommandLineTool.run(["recipes", "cp", "quickstart", "mine.yaml"], in: folder)
      #expect(first.exitCode == 0)
      let before = try Data(contentsOf: folder.appending(path: "mine.yaml"))
      let second = try CommandLineTool.run(["recipes", "cp", "enwik8-tiny", "mine.yaml"], in: folder)
      #expect(second.exitCode == 2)
      #expect(
        second.errors == "error: mine.yaml exists and is not overwritten; try another name, or remove it first\n")
      #expect(try Data(contentsOf: folder.appending(path: "mine.yaml")) == before)
    }
  }

  @Test func validatePrintsARecipeThatValidates() throws {
    try withTemporaryFolder { (folder: URL) throws in
      let first = try CommandLineTool.run(["recipes", "validate", "enwik8-tiny", "seed=5"])
      #expect(first.exitCode == 0)
      #expect(first.output.contains("\nseed: 5\n"))
      try first.output.write(to: folder.appending(path: "resolved.yaml"), atomically: false, encoding: .utf8)
      let second = try CommandLineTool.run(["recipes", "validate", "resolved.yaml"], in: folder)
      #expect(second.output == first.output)
    }
  }

  @Test func validateReportsEveryMistakeAndExitsWithTwo() throws {
    let result = try CommandLineTool.run(
      ["recipes", "validate", "recipes/quickstart.yaml", "batch_size=0", "n_layer=3", "optimizer.lr=fast"])
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(
      result.errors == """
        error: 3 problems in recipes/quickstart.yaml
        command line: batch_size=0: `batch_size` is 0; expected an integer from 1 to 65536; try `batch_size=16`
        command line: n_layer=3: unknown key `n_layer`; did you mean `model.num_hidden_layers`?
        command line: optimizer.lr=fast: `optimizer.lr` is the text "fast"; expected a number above 0; \
        try `optimizer.lr=2.0e-3`

        """)
  }

  @Test(arguments: [
    ["--nonsense"], ["recipes", "validate"], ["recipes", "frobnicate"], ["recipes", "cat", "nothing"],
  ])
  func wrongUsageExitsWithTwoOnStandardError(arguments: [String]) throws {
    let result = try CommandLineTool.run(arguments)
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(!result.errors.isEmpty)
  }

  @Test(arguments: [["--help"], ["--version"], ["help", "recipes"], ["recipes", "validate", "--help"]])
  func helpThatWasAskedForIsOutput(arguments: [String]) throws {
    let result = try CommandLineTool.run(arguments)
    #expect(result.exitCode == 0)
    #expect(!result.output.isEmpty)
    #expect(result.errors.isEmpty)
  }
}
