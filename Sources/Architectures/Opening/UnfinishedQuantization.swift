import FileFormats
import Foundation

/// bitnet_quantization.json: that a checkpoint was saved while its layers quantised in part, and learnt to compute like
/// that. Whoever runs it quantises fully, which is another model; a checkpoint without the file is what it will be.
public struct UnfinishedQuantization: Codable, CheckpointRecord, Equatable, Sendable {
  package static let fileName = "bitnet_quantization.json"
  private static let currentFormatVersion = 1

  private let formatVersion: Int
  /// λ, the mean over the layers, below 1.
  public let strength: Double
  /// Steps that were done.
  public let step: Int
  /// Steps after which λ is 1.
  public let endStep: Int

  public init(strength: Double, step: Int, endStep: Int) {
    formatVersion = Self.currentFormatVersion
    (self.strength, self.step, self.endStep) = (strength, step, endStep)
  }

  /// nil when the folder has no such file.
  /// - Throws: `UnfinishedQuantizationError.unreadable`, `FileError`.
  init?(folder: URL) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    guard FileSystem.exists(url) else { return nil }
    let file = try MappedFile(url, allowsEmpty: true)
    guard let read = try? file.withBytes({ try Self(serialized: Data($0)) }),
      read.formatVersion == Self.currentFormatVersion, read.strength < 1
    else { throw UnfinishedQuantizationError.unreadable(path: url.path) }
    self = read
  }

  /// λ with the digits that people read.
  package var spokenStrength: String { String(format: "%.3g", strength) }

  /// What a user should know who runs the checkpoint.
  func note(_ path: String) -> String {
    "\(origin(path)); it is computed fully quantised (λ = 1), as it will be after step \(endStep)"
  }

  /// What a user should know who begins another training with it.
  package func startNote(_ path: String) -> String {
    "\(origin(path)); --resume in its own run would go on there, this run begins anew"
  }

  private func origin(_ path: String) -> String {
    "\(path): was saved within the warm-up of its quantisation, at λ = \(spokenStrength) after step \(step)"
  }
}

/// What is not done with a checkpoint that was saved before it was a BitNet.
public enum UnfinishedQuantizationError: Error, Equatable, Sendable, CustomStringConvertible {
  case unreadable(path: String)
  /// - Parameter action: such as `exported`.
  case notYet(path: String, action: String, UnfinishedQuantization)

  public var description: String {
    switch self {
    case .unreadable(let path):
      "\(path): expected format_version 1, a strength below 1, a step and an end_step. Copy the file again from the "
        + "checkpoint."
    case .notYet(let path, let action, let state):
      "\(path): is not \(action), for it was saved within the warm-up of its quantisation, at λ = \(state.spokenStrength) "
        + "after step \(state.step): fully quantised it is another model than the one that was trained. Train on to step "
        + "\(state.endStep), where λ is 1, with `bitnet train RECIPE --resume` (and a higher max_minutes, where its time is "
        + "up)."
    }
  }
}
