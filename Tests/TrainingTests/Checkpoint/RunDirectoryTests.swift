import Architectures
import FileFormats
import Foundation
import Testing
import TestSupport
import Training

struct RunDirectoryTests {
  static let configuration = TrainingLoopTests.configuration(steps: 10) {
    $0.saveEverySteps = 2
    $0.keepLast = 2
  }

  static func checkpoints(_ url: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: url.path).filter { $0.hasPrefix("step-") }.sorted()
  }

  static func pointer(_ name: String, _ url: URL) throws -> String {
    try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
  }

  @Test func keepsTheNewestAndTheBest() throws {
    let folder = try TemporaryDirectory()
    let run = try ToyRun(folder.url, configuration: Self.configuration)
    let writer = CheckpointWriter(
      run.directory,
      identity: try RunIdentity(
        model: ToyModel.configuration, training: Self.configuration, data: [:],
        parameters: run.objective.toy.namedParameters),
      modelFiles: [:], keepLast: 2)
    var losses = [5.0, 3, 4, 6, 3.5][...]
    var evaluating = Self.configuration
    evaluating.evaluateEverySteps = 2
    let loop = TrainingLoop(
      run.objective, configuration: evaluating,
      evaluate: { LossSum(nats: losses.removeFirst(), tokens: 1, bytes: 1) }, checkpoints: writer)
    try loop.run()
    #expect(try Self.checkpoints(folder.url) == ["step-000004", "step-000008", "step-000010"])
    #expect(try Self.pointer("best", folder.url) == "step-000004\n")
    #expect(try Self.pointer("latest", folder.url) == "step-000010\n")
  }

  @Test func aCheckpointIsAModelFolderWithAManifest() throws {
    let folder = try TemporaryDirectory()
    let run = try ToyRun(
      folder.url, configuration: Self.configuration, extraFiles: ["tokenizer.json": Data("{}".utf8)])
    try run.run()
    let checkpoint = try ModelLocation.latestCheckpoint(of: folder.url)
    #expect(checkpoint.lastPathComponent == "step-000010")
    let model = try ModelFolder(checkpoint)
    #expect(model.architecture == ToyModel.configuration)
    let manifest = try Manifest(contentsOf: checkpoint.appendingPathComponent("trainer/MANIFEST.json"))
    #expect(
      manifest.files.keys.sorted() == [
        "config.json", "model.safetensors", "tokenizer.json", "trainer/optimizer.safetensors", "trainer/state.json",
      ])
    try manifest.verify(checkpoint)
    #expect(try Self.pointer("recipe.yaml", folder.url) == "recipe: toy\n")
  }

  @Test func aSecondProcessIsKeptOut() throws {
    let folder = try TemporaryDirectory()
    var first: RunDirectory? = try RunDirectory.create(folder.url, recipe: "")
    let error = #expect(throws: RunError.self) { _ = try RunDirectory.create(folder.url, recipe: "") }
    #expect(error == .inUse(path: folder.url.path, process: "process \(getpid())"))
    withExtendedLifetime(first) {}
    first = nil
    _ = try RunDirectory.create(folder.url, recipe: "")
  }

  @Test func aFolderOfOtherThingsIsLeftAlone() throws {
    let folder = try TemporaryDirectory()
    _ = try folder.file(".gitignore")
    _ = try folder.file("nohup.log")
    let run = folder.url.appendingPathComponent("letters")
    try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
    #expect(throws: RunError.holdsOtherFiles(path: folder.url.path, file: "letters")) {
      _ = try RunDirectory.create(folder.url, recipe: "")
    }
    #expect(try folder.entries == [".gitignore", "letters", "nohup.log"])
    try FileManager.default.removeItem(at: run)
    // And once more after a run that has come to no checkpoint.
    for _ in 0..<2 { _ = try RunDirectory.create(folder.url, recipe: "") }
    let root = #expect(throws: RunError.self) { _ = try RunDirectory.create(URL(fileURLWithPath: "/"), recipe: "") }
    guard case .holdsOtherFiles(path: "/", _) = root else {
      Issue.record("\(String(describing: root))")
      return
    }
    #expect(!FileManager.default.fileExists(atPath: "/run.lock"))
  }

  @Test func aRunIsNotOverwritten() throws {
    let folder = try TemporaryDirectory()
    #expect(throws: RunError.nothingToResume(path: folder.url.path)) { _ = try RunDirectory.open(folder.url) }
    try ToyRun(folder.url, configuration: Self.configuration).run()
    let before = try ResumeTests.contents(folder.url)
    #expect(throws: RunError.alreadyHoldsRun(path: folder.url.path, latest: "step-000010")) {
      _ = try RunDirectory.create(folder.url, recipe: "other")
    }
    #expect(try ResumeTests.contents(folder.url) == before)
  }

  @Test(arguments: [
    "model.safetensors", "trainer/optimizer.safetensors", "trainer/state.json", "trainer/MANIFEST.json",
  ])
  func aDamagedCheckpointIsNamedWithTheWayOut(file: String) throws {
    let folder = try TemporaryDirectory()
    try ToyRun(folder.url, configuration: Self.configuration).run()
    let newest = folder.url.appendingPathComponent("step-000010")
    let damaged = newest.appendingPathComponent(file)
    try Data(contentsOf: damaged).dropLast(9).write(to: damaged)
    let error = try #require(throws: RunError.self) {
      _ = try ToyRun(folder.url, resume: true, configuration: Self.configuration)
    }
    guard case .damagedCheckpoint(_, _, "step-000008") = error else {
      Issue.record("\(error)")
      return
    }
    #expect("\(error)".contains("rm -r '\(newest.path)'"))
    // Following the advice works, and brings the pointers in order.
    try FileManager.default.removeItem(at: newest)
    let run = try ToyRun(folder.url, resume: true, configuration: Self.configuration)
    #expect(run.loop.progress.step == 8)
    #expect(try Self.pointer("latest", folder.url) == "step-000008\n")
    try run.run()
  }

  @Test func aFailedSaveLeavesEverythingAsItWas() throws {
    let folder = try TemporaryDirectory()
    try ToyRun(folder.url, configuration: Self.configuration).run(stopAfter: 4)
    let before = try ResumeTests.contents(folder.url)
    // A file where a folder is needed: the save fails after the weights are written.
    let broken = try ToyRun(
      folder.url, resume: true, configuration: Self.configuration, extraFiles: ["trainer": Data("x".utf8)])
    #expect(throws: FileError.self) { try broken.run() }
    var after = try ResumeTests.contents(folder.url)
    after[MetricsLog.fileName] = before[MetricsLog.fileName]
    #expect(after == before)
  }

  /// A process that was killed during a save leaves a hidden folder, or `latest` one checkpoint behind.
  @Test func resumingCleansUpAfterAKill() throws {
    let folder = try TemporaryDirectory()
    try ToyRun(folder.url, configuration: Self.configuration).run()
    let leftover = folder.url.appendingPathComponent(".step-000012.tmp-0123456789abcdef")
    try FileManager.default.createDirectory(at: leftover, withIntermediateDirectories: false)
    try Data("step-000008\n".utf8).write(to: folder.url.appendingPathComponent("latest"))
    let run = try ToyRun(folder.url, resume: true, configuration: Self.configuration)
    #expect(run.loop.progress.step == 10)
    #expect(!FileManager.default.fileExists(atPath: leftover.path))
    #expect(try Self.pointer("latest", folder.url) == "step-000010\n")
  }
}
