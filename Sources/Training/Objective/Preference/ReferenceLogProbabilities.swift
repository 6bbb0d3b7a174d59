import Autograd
import Datasets
import FileFormats
import Foundation
import Kernels
import Models

/// The log-probabilities of all pairs under the reference, computed once and kept on disk.
public struct ReferenceLogProbabilities: Equatable, Sendable {
  /// Per pair.
  public let chosen: [Float]
  public let rejected: [Float]

  public init(chosen: [Float], rejected: [Float]) {
    require(chosen.count == rejected.count, "\(chosen.count) chosen answers, \(rejected.count) rejected ones")
    self.chosen = chosen
    self.rejected = rejected
  }

  /// Runs all pairs through the model.
  /// - Parameter progress: is told how many pairs are done.
  public init(
    _ model: Decoder, _ dataset: PreferenceDataset, batchSize: Int,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    var (chosen, rejected) = ([Float](), [Float]())
    try withoutGradients {
      let batches = dataset.evaluationBatches(batchSize: batchSize)
      var batch = TrainingBatch(batchSize: 1, sequenceLength: 1)
      var number = 0
      while try batches.fill(&batch, number: number) {
        let part = PairLogProbabilities(model, batch)
        chosen += part.chosen.scalars
        rejected += part.rejected.scalars
        number += 1
        try progress(chosen.count)
      }
    }
    self.init(chosen: chosen, rejected: rejected)
  }

  func tensors(_ rows: [Int]) -> (chosen: Tensor, rejected: Tensor) {
    (Tensor(rows.map { chosen[$0] }, shape: [rows.count]), Tensor(rows.map { rejected[$0] }, shape: [rows.count]))
  }
}

// MARK: - Cache

/// A file for each model, data and template that reference log-probabilities were computed of.
public struct ReferenceCache: Sendable {
  public let folder: URL

  public init(folder: URL) {
    self.folder = folder
  }

  /// `$XDG_CACHE_HOME/bitnet/reference-log-probabilities`, or in `~/.cache`.
  public static var standard: ReferenceCache {
    ReferenceCache(folder: CacheFolder.standard("reference-log-probabilities"))
  }

  /// What was stored under a fingerprint, or the result of `compute`, which is then stored.
  ///
  /// A file that cannot be read or does not fit is computed anew: it is a cache.
  /// - Parameters:
  ///   - fingerprint: of everything the result depends on; a file name.
  ///   - count: of the pairs.
  public func value(
    _ fingerprint: String, count: Int, orCompute compute: () throws -> ReferenceLogProbabilities
  ) throws -> ReferenceLogProbabilities {
    let stored = try values(fingerprint, names: ["chosen", "rejected"], count: count) {
      let made = try compute()
      return [made.chosen, made.rejected]
    }
    return ReferenceLogProbabilities(chosen: stored[0], rejected: stored[1])
  }

  /// - Returns: the values of each name, `count` of them.
  func values(
    _ fingerprint: String, names: [String], count: Int, orCompute compute: () throws -> [[Float]]
  ) throws -> [[Float]] {
    let url = folder.appendingPathComponent(fingerprint + ".safetensors")
    if FileSystem.exists(url), let stored = try? load(url, names), stored.allSatisfy({ $0.count == count }) {
      return stored
    }
    let made = try compute()
    try FileSystem.createDirectories(folder)
    let temporary = TemporaryName.sibling(of: url)
    defer { unlink(temporary.path) }
    try SafetensorsWriter.write(
      zip(names, made).map { .init(name: $0, shape: [count], floats: $1) }, to: temporary)
    try FileSystem.rename(temporary, to: url)
    return made
  }

  private func load(_ url: URL, _ names: [String]) throws -> [[Float]]? {
    let file = try SafetensorsFile(url)
    let values = try names.map { try file.floats(of: $0) }
    return values.joined().allSatisfy(\.isFinite) ? values : nil
  }
}
