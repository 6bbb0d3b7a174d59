import Architectures
import Autograd
import FileFormats
import Foundation

/// Saves the checkpoints of a run into its folder.
///
/// A checkpoint is a Hugging Face model folder with the state of the trainer in `trainer/`; its manifest is written
/// last, then the folder gets its name. When a save fails, all earlier checkpoints are as they were.
public final class CheckpointWriter: CheckpointSink {
  private let run: RunDirectory
  private let identity: RunIdentity
  private let modelFiles: [String: Data]
  private let keepLast: Int
  private let contents: CheckpointContents

  /// - Parameters:
  ///   - modelFiles: what belongs to the model folder besides the weights, by name: config.json, tokenizer.json, ….
  ///   - keepLast: how many of the newest checkpoints stay, besides the best one.
  public init(
    _ run: RunDirectory, identity: RunIdentity, modelFiles: [String: Data], keepLast: Int,
    contents: CheckpointContents = .model
  ) {
    self.run = run
    self.identity = identity
    self.modelFiles = modelFiles
    self.keepLast = keepLast
    self.contents = contents
  }

  public func save(_ snapshot: TrainingSnapshot) throws {
    let progress = snapshot.progress
    let weights = contents.parameters(of: snapshot.model).map { Self.entry($0.name, $0.parameter.value) }
    let optimizer = Self.optimizerTensors(of: snapshot)
    let folder = try AtomicDirectory(
      target: run.checkpoint(atStep: progress.step),
      expectedBytes: SafetensorsWriter.byteCount(weights) + SafetensorsWriter.byteCount(optimizer))
    for (name, contents) in modelFiles.sorted(by: { $0.key < $1.key }) { try folder.write(contents, to: name) }
    if let unfinished = snapshot.unfinishedQuantization {
      try folder.write(unfinished.serialized(), to: UnfinishedQuantization.fileName)
    }
    try write(weights, contents.fileName, in: folder)
    try folder.write(TrainerState(progress, identity).serialized(), to: CheckpointFiles.state)
    try write(optimizer, CheckpointFiles.optimizer, in: folder)
    try folder.write(Manifest(describing: folder.temporary).serialized(), to: CheckpointFiles.manifest)
    try folder.commit()
    try run.point(ModelLocation.latestFileName, to: progress.step)
    try run.point(RunDirectory.bestFileName, to: progress.bestCheckpoint?.step)
    try run.removeOldCheckpoints(keepLast: keepLast, best: progress.bestCheckpoint?.step)
  }

  private func write(_ entries: [SafetensorsWriter.Entry], _ name: String, in folder: AtomicDirectory) throws {
    try folder.fill { temporary in
      let url = temporary.appendingPathComponent(name)
      try FileSystem.createDirectories(url.deletingLastPathComponent())
      try SafetensorsWriter.write(entries, to: url)
    }
  }

  private static func optimizerTensors(of snapshot: TrainingSnapshot) -> [SafetensorsWriter.Entry] {
    let state = snapshot.optimizer.state.map { entry($0.name, $0.tensor) }
    let codes = (snapshot.census?.lastCodes ?? []).map { name, codes in
      SafetensorsWriter.Entry(name: CheckpointFiles.codes(name), dataType: .int8, shape: [codes.count]) { sink in
        try codes.withUnsafeBytes(sink)
      }
    }
    return state + codes
  }

  private static func entry(_ name: String, _ tensor: Tensor) -> SafetensorsWriter.Entry {
    SafetensorsWriter.Entry(name: name, dataType: tensor.safetensorsType, shape: tensor.shape.array) { sink in
      try sink(UnsafeRawBufferPointer(tensor.rawBytes))
    }
  }
}
