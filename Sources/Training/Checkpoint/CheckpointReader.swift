import Architectures
import Autograd
import FileFormats
import Foundation

/// The newest checkpoint of a run, verified, from which the run can go on.
public struct CheckpointReader {
  /// The step it was saved after.
  public var step: Int { state.progress.step }
  public let url: URL
  let state: TrainerState
  private let run: RunDirectory

  /// Compares every file of the newest checkpoint with its manifest.
  /// - Throws: `RunError.damagedCheckpoint`, which says how to go on from the one before; `RunError.unreadableState`.
  public init(newestOf run: RunDirectory) throws {
    let steps = try run.steps()
    guard let newest = steps.last else { throw RunError.nothingToResume(path: run.url.path) }
    let url = run.checkpoint(atStep: newest)
    do {
      try Manifest(contentsOf: url.appendingPathComponent(CheckpointFiles.manifest)).verify(url)
    } catch let error where error is FileError || error is ManifestError {
      let previous = steps.dropLast().last.map(RunDirectory.name)
      throw RunError.damagedCheckpoint(path: url.path, reason: "\(error)", previous: previous)
    }
    self.url = url
    self.run = run
    state = try TrainerState(contentsOf: url.appendingPathComponent(CheckpointFiles.state))
  }

  /// Checks that the checkpoint belongs to the run that a recipe describes.
  /// - Throws: `RunError.differentRun` with all differences.
  public func require(_ identity: RunIdentity) throws {
    let differences = state.identity.differences(from: identity)
    guard differences.isEmpty else { throw RunError.differentRun(path: url.path, differences: differences) }
  }

  /// Brings a loop and its model to the state they were saved in, bit for bit.
  /// - Returns: what will keep the bytes of the continued run from being those of an uninterrupted one.
  /// - Throws: `RunError.unreadableState` when a tensor is missing or of another kind; `SafetensorsError`.
  public func restore(
    _ loop: TrainingLoop, _ model: any Module, contents: CheckpointContents = .model
  ) throws -> [String] {
    let weights = try SafetensorsFile(url.appendingPathComponent(contents.fileName))
    for (name, parameter) in contents.parameters(of: model) {
      let value = Tensor(uninitialized: parameter.shape, dataType: parameter.value.dataType)
      try copy(name, of: weights, to: value)
      parameter.replaceValue(value)
    }
    let optimizer = try SafetensorsFile(url.appendingPathComponent(CheckpointFiles.optimizer))
    for kept in loop.optimizer.state { try copy(kept.name, of: optimizer, to: kept.tensor) }
    if let census = loop.census {
      census.restore(
        try census.lastCodes.map { name, codes in (name, try self.codes(name, codes.count, of: optimizer)) })
    }
    loop.restore(state.progress)
    try repairPointers()
    return state.reproducibilityNotices
  }

  /// A process that was killed between two renames, or a checkpoint removed by hand, leaves pointers behind.
  private func repairPointers() throws {
    try run.point(ModelLocation.latestFileName, to: step)
    let best = state.progress.bestCheckpoint?.step
    try run.point(RunDirectory.bestFileName, to: best.flatMap { try run.steps().contains($0) ? $0 : nil })
  }

  private func copy(_ name: String, of file: SafetensorsFile, to tensor: Tensor) throws {
    let stored = try file.tensor(name)
    guard stored.dataType == tensor.safetensorsType, stored.shape == tensor.shape.array else {
      throw RunError.unreadableState(
        path: file.url.path,
        reason: "has \(name) as \(stored.dataType.rawValue) \(stored.shape), expected "
          + "\(tensor.safetensorsType.rawValue) \(tensor.shape)")
    }
    try withExtendedLifetime(file) { tensor.rawBytes.copyMemory(from: try file.bytes(of: name)) }
  }

  private func codes(_ matrix: String, _ count: Int, of file: SafetensorsFile) throws -> [Int8] {
    let name = CheckpointFiles.codes(matrix)
    let stored = try file.tensor(name)
    guard stored.dataType == .int8, stored.elementCount == count else {
      throw RunError.unreadableState(
        path: file.url.path,
        reason: "has \(name) as \(stored.dataType.rawValue) \(stored.shape), expected I8 [\(count)]")
    }
    return try withExtendedLifetime(file) { try file.bytes(of: name).map { Int8(bitPattern: $0) } }
  }
}
