import Foundation
import Reports
import Testing

@Suite struct RunHistoryTests {
  @Test func readsWhatARunWrote() throws {
    let folder = try RunFolder()
    let run = try RunHistory(folder.url)
    #expect(run.training.steps == [10, 20] && run.validation.steps == [10, 20])
    #expect(run.training.values("loss").map(\.value) == [3.5, 3])
    #expect(run.training.values("ternary.layers.1.flipped").map(\.value) == [0.02])
    #expect(run.training.values("ternary.gamma.q_proj").map(\.step) == [10])
    #expect(run.samples.map(\.step) == [20] && run.samples.map(\.prompt) == ["The "])
    #expect(run.samples.map(\.text) == ["end </script><b>"])
    #expect(run.recipe.first { $0.key == "model.hidden_size" }?.value == "64")
    #expect(run.recipe.first { $0.key == "max_steps" }?.value == "40")
    #expect(run.environment.map(\.key) == ["operating system", "threads"])
    #expect(run.notes.isEmpty)
  }

  @Test func theSummarySaysHowFarItCame() throws {
    let folder = try RunFolder()
    let summary = try withExtendedLifetime(folder) { RunSummary(try RunHistory(folder.url)) }
    #expect(summary.step == 20 && summary.totalSteps == 40 && summary.tokens == 1280)
    #expect(summary.bestValidationLoss == 3.1 && summary.bestValidationBitsPerByte == 4.5)
    #expect(summary.remainingSeconds == 12.5)
    #expect(summary.facts.contains { $0.key == "steps" && $0.value == "20 of 40" })
  }

  /// A run that is being trained may be in the middle of a line.
  @Test func aTornLastLineIsLeftOutAndTold() throws {
    let folder = try RunFolder()
    try folder.append(#"{"step":30,"tokens":19"#, to: "metrics.jsonl")
    let run = try RunHistory(folder.url)
    #expect(run.training.steps == [10, 20])
    #expect(run.notes.count == 1 && run.notes[0].contains("the last line is not complete"))
  }

  @Test(arguments: ["nonsense\n", "[1]\n", "{\"loss\":1}\n"])
  func aBadLineIsNamed(_ line: String) throws {
    let folder = try RunFolder()
    try folder.append(line + #"{"step":30,"loss":2.9}"# + "\n", to: "metrics.jsonl")
    let error = try #require(throws: RunHistoryError.self) { try RunHistory(folder.url) }
    #expect("\(error)".contains("metrics.jsonl:5: "), "\(error)")
  }

  @Test func aFolderWithoutMetricsIsNoRun() throws {
    let folder = try RunFolder()
    try FileManager.default.removeItem(at: folder.url.appending(path: "metrics.jsonl"))
    let error = try #require(throws: RunHistoryError.self) { try RunHistory(folder.url) }
    #expect("\(error)".contains("holds no metrics.jsonl"), "\(error)")
  }

  @Test func differencesAreThoseOfTheRecipes() throws {
    let (left, right) = (try RunFolder("left"), try RunFolder("right", learningRate: "0.002"))
    let differences = RunDifference.all([try RunHistory(left.url), try RunHistory(right.url)])
    #expect(differences.map(\.key) == ["optimizer.lr"])
    #expect(differences[0].values == ["0.001", "0.002"])
  }

  @Test func onlyWhatIsARunIsRemoved() throws {
    let folder = try RunFolder()
    let step = folder.url.appending(path: "step-000020")
    try FileManager.default.createDirectory(at: step, withIntermediateDirectories: true)
    try Data(count: 100).write(to: step.appending(path: "model.safetensors"))
    let manifest = #"{"files":{"model.safetensors":{"size":100,"sha256":""}}}"#
    try FileManager.default.createDirectory(at: step.appending(path: "trainer"), withIntermediateDirectories: true)
    try Data(manifest.utf8).write(to: step.appending(path: "trainer/MANIFEST.json"))
    try folder.write("thesis.txt", "years of work")
    let run = try RunHistory(folder.url)
    let error = try #require(throws: RunHistoryError.self) { try RunRemoval(run) }
    #expect("\(error)".contains("holds thesis.txt"), "\(error)")
    try FileManager.default.removeItem(at: folder.url.appending(path: "thesis.txt"))
    let removal = try RunRemoval(run)
    #expect(removal.fileCount == 6 && removal.byteCount > 100)
    try removal()
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
  }
}

/// Numbers of any size, folders of any content.
@Suite struct OddRunTests {
  @Test func numbersBeyondAllBoundsAreNoTrap() throws {
    let folder = try RunFolder()
    try folder.append(
      #"{"step":30,"tokens":1e300,"loss":1,"elapsed_seconds":1e30}"# + "\n", to: "metrics.jsonl")
    try folder.write("recipe.yaml", "recipe: pretrain\nmax_steps: 9223372036854775807\n")
    let run = try RunHistory(folder.url)
    #expect(RunSummary(run).tokens == .max)
    #expect(!RunSummary(run).facts.isEmpty)
    _ = try ReportPage([run]).html()
  }

  @Test(arguments: [
    "step-000020/notes.txt", "step-000020/mine/thesis.txt", "base", "events.out.tfevents.1700000000.other",
  ])
  func whatIsNotOfTheRunKeepsIt(_ path: String) throws {
    let folder = try RunFolder()
    let file = folder.url.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    if path.hasPrefix("step") {
      let manifest = folder.url.appending(path: "step-000020/trainer/MANIFEST.json")
      try FileManager.default.createDirectory(
        at: manifest.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(#"{"files":{}}"#.utf8).write(to: manifest)
      _ = try RunRemoval(RunHistory(folder.url))
    }
    try Data("years of work".utf8).write(to: file)
    let run = try RunHistory(folder.url)
    #expect(throws: RunHistoryError.self) { try RunRemoval(run) }
  }

  @Test func aLinkIsNotTheRun() throws {
    let folder = try RunFolder()
    let link = folder.directory.url.appending(path: "link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: folder.url)
    let run = try RunHistory(link)
    #expect(throws: RunHistoryError.isLink(path: link.path)) { try RunRemoval(run) }
  }
}
