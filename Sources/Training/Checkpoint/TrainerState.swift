import FileFormats
import Foundation
import Kernels

/// trainer/state.json of a checkpoint: everything but the tensors.
struct TrainerState: Codable, Equatable {
  static let currentFormatVersion = 2

  var formatVersion = Self.currentFormatVersion
  var progress: TrainingProgress
  var identity: RunIdentity
  /// The same numbers need the same number of threads and the same instruction set.
  var threads: Int
  var kernels: String

  func serialized() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// - Throws: `RunError.unreadableState`, `FileError`.
  init(contentsOf url: URL) throws {
    struct Version: Decodable { var formatVersion: Int }
    let file = try MappedFile(url)
    let data = withExtendedLifetime(file) { Data(file.bytes) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      let version = try decoder.decode(Version.self, from: data).formatVersion
      guard version == Self.currentFormatVersion else {
        throw RunError.unreadableState(
          path: url.path,
          reason: "has format version \(version), this program reads version \(Self.currentFormatVersion)")
      }
      self = try decoder.decode(TrainerState.self, from: data)
    } catch let error as DecodingError {
      throw RunError.unreadableState(path: url.path, reason: "is not a trainer state: \(error)")
    }
  }

  init(_ progress: TrainingProgress, _ identity: RunIdentity) {
    self.progress = progress
    self.identity = identity
    threads = ThreadPool.current.threadCount
    kernels = KernelPath.current.rawValue
  }

  /// What keeps the continued run from having the same bytes as one that was never stopped.
  var reproducibilityNotices: [String] {
    let here = TrainerState(progress, identity)
    var notices: [String] = []
    if threads != here.threads {
      notices.append(
        "The run was started with \(threads) threads and goes on with \(here.threads): "
          + "results agree to rounding, not byte for byte.")
    }
    if kernels != here.kernels {
      notices.append(
        "The run was started with \(kernels) kernels and goes on with \(here.kernels): "
          + "results agree to rounding, not byte for byte.")
    }
    return notices
  }
}
