import Architectures
import FileFormats
import Foundation

/// The folder of a training run.
///
///     recipe.yaml   the resolved recipe            metrics.jsonl   one object per logged step
///     environment.json   the machine               samples.jsonl   what the model wrote, where the recipe asks
///     step-000500/  a checkpoint                   latest, best    name a checkpoint each
///     events.out.tfevents.…   what TensorBoard shows, one file for each process
///
/// A checkpoint folder is written under another name and renamed when it is complete, so that every `step-…` folder
/// was whole when it appeared. As long as this object lives no other process can train in the folder.
public final class RunDirectory {
  static let bestFileName = "best"
  private static let recipeFileName = "recipe.yaml"
  private static let samplesFileName = "samples.jsonl"
  private static let environmentFileName = "environment.json"

  public let url: URL
  private var lock: RunLock

  private init(_ url: URL) throws {
    self.url = url
    lock = try RunLock(url)
    try AtomicDirectory.removeLeftovers(in: url)
  }

  /// Prepares a folder for a new run. A folder without checkpoints holds no run.
  /// - Parameter recipe: the text of recipe.yaml.
  /// - Throws: `RunError.alreadyHoldsRun`, `RunError.inUse`, `FileError`.
  public static func create(_ url: URL, recipe: String) throws -> RunDirectory {
    try FileSystem.createDirectories(url)
    try refuseForeignFolder(url)
    let directory = try RunDirectory(url)
    if let newest = try directory.steps().last {
      throw RunError.alreadyHoldsRun(path: url.path, latest: Self.name(ofStep: newest))
    }
    try directory.refuseForeignRecipe(besides: recipe)
    try directory.write(recipe: recipe)
    return directory
  }

  /// Opens the folder of a run that has at least one checkpoint.
  /// - Throws: `RunError.nothingToResume`, `RunError.inUse`, `FileError`.
  public static func open(_ url: URL) throws -> RunDirectory {
    guard FileSystem.isDirectory(url) else { throw RunError.nothingToResume(path: url.path) }
    let directory = try RunDirectory(url)
    guard try !directory.steps().isEmpty else { throw RunError.nothingToResume(path: url.path) }
    return directory
  }

  /// Keeps every other process from training in a folder, whatever it holds, as long as the result lives.
  /// - Throws: `RunError.inUse`, `FileError`.
  public static func hold(_ url: URL) throws -> RunDirectory { try RunDirectory(url) }

  /// Whether the folder is still there, under its name.
  public var isInPlace: Bool { lock.isHeld(at: url) }

  /// Makes the folder anew after somebody removed or renamed it, for what can be kept.
  /// - Parameter recipe: the text of recipe.yaml.
  /// - Throws: `RunError.folderGone` where something else has the name now; `FileError`.
  public func recreate(recipe: String) throws {
    try FileSystem.createDirectories(url)
    let isTaken = FileSystem.exists(url.appendingPathComponent(RunLock.fileName))
    guard try !isTaken && steps().isEmpty else { throw RunError.folderGone(path: url.path, savedStep: nil) }
    lock = try RunLock(url)
    try write(recipe: recipe)
  }

  /// Replaces recipe.yaml: it says how the run is trained now.
  /// - Returns: false when it said so already.
  @discardableResult
  public func write(recipe: String) throws -> Bool {
    let file = url.appendingPathComponent(Self.recipeFileName)
    let contents = Data(recipe.utf8)
    if let old = try? Data(contentsOf: file), old == contents { return false }
    try AtomicFile.write(to: file, contents: contents)
    return true
  }

  /// A run among somebody's files would be in their way, and removing it would take them along. Hidden files and logs are
  /// what shells and version control put there before a run begins.
  private static func refuseForeignFolder(_ url: URL) throws {
    let names = try FileSystem.contents(of: url).map(\.lastPathComponent)
    guard url.standardizedFileURL.path != "/" else {
      throw RunError.holdsOtherFiles(path: "/", file: names.first ?? "every folder")
    }
    // The first thing that a run writes.
    guard !names.contains(RunLock.fileName) else { return }
    if let foreign = names.first(where: { !$0.hasPrefix(".") && !$0.hasSuffix(".log") }) {
      throw RunError.holdsOtherFiles(path: url.path, file: foreign)
    }
  }

  /// A recipe.yaml without metrics beside it was not written by a run: somebody's own recipe is not overwritten.
  private func refuseForeignRecipe(besides own: String) throws {
    let file = url.appendingPathComponent(Self.recipeFileName)
    guard FileSystem.exists(file), !FileSystem.exists(url.appendingPathComponent(MetricsLog.fileName)) else { return }
    if let contents = try? Data(contentsOf: file), contents == Data(own.utf8) { return }
    throw RunError.holdsOtherFiles(path: url.path, file: Self.recipeFileName)
  }

  /// The metrics of the run, without what was logged after `step`.
  public func metricsLog(continuingAfter step: Int) throws -> MetricsLog {
    try MetricsLog(url.appendingPathComponent(MetricsLog.fileName), continuingAfter: step)
  }

  /// The texts of the run, without those of steps after `step`.
  public func samplesLog(continuingAfter step: Int) throws -> MetricsLog {
    try MetricsLog(url.appendingPathComponent(Self.samplesFileName), continuingAfter: step)
  }

  /// Forgets the texts of steps after `step`, where there are any.
  public func cutSamples(after step: Int) throws {
    guard FileSystem.exists(url.appendingPathComponent(Self.samplesFileName)) else { return }
    _ = try samplesLog(continuingAfter: step)
  }

  /// Keeps facts about the machine that the run is trained on, for those who look at it later.
  /// - Throws: `FileError`.
  public func write(environment: [String: String]) throws {
    let json = JSONValue.object(environment.mapValues(JSONValue.string))
    try AtomicFile.write(to: url.appendingPathComponent(Self.environmentFileName), contents: json.serialized())
  }

  // MARK: - Checkpoints

  static func name(ofStep step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  func checkpoint(atStep step: Int) -> URL {
    url.appendingPathComponent(Self.name(ofStep: step), isDirectory: true)
  }

  /// The steps of all checkpoints, ascending.
  func steps() throws -> [Int] {
    try FileSystem.contents(of: url).compactMap { entry in
      let name = entry.lastPathComponent
      guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), Self.name(ofStep: step) == name else {
        return nil
      }
      return step
    }.sorted()
  }

  /// Points `latest` (or `best`) to a checkpoint; nil, or one that is not there, removes the pointer.
  func point(_ pointer: String, to step: Int?) throws {
    let file = url.appendingPathComponent(pointer)
    if let step, FileSystem.exists(checkpoint(atStep: step)) {
      try AtomicFile.write(to: file, contents: Data("\(Self.name(ofStep: step))\n".utf8))
    } else if FileSystem.exists(file) {
      try FileManager.default.removeItem(at: file)
    }
  }

  /// Makes the best checkpoint the one that the run's folder stands for.
  /// - Throws: `FileError`.
  public func makeLatest(step: Int) throws {
    guard FileSystem.exists(checkpoint(atStep: step)) else { return }
    try point(ModelLocation.latestFileName, to: step)
  }

  /// Removes all but the `keepLast` newest checkpoints and the best one.
  func removeOldCheckpoints(keepLast: Int, best: Int?) throws {
    let steps = try steps()
    for step in steps.dropLast(max(1, keepLast)) where step != best {
      try AtomicDirectory.remove(checkpoint(atStep: step))
    }
  }
}
