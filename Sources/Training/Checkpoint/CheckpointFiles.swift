import FileFormats
import Foundation

/// The names of the files and tensors of a checkpoint folder.
enum CheckpointFiles {
  static let optimizer = "trainer/optimizer.safetensors"
  static let state = "trainer/state.json"
  static let manifest = "trainer/" + Manifest.fileName

  static func firstMoment(_ parameter: String) -> String { "first_moment/" + parameter }
  static func secondMoment(_ parameter: String) -> String { "second_moment/" + parameter }
  static func compensation(_ parameter: String) -> String { "compensation/" + parameter }
  /// Ternary codes at the last log line.
  static func codes(_ matrix: String) -> String { "codes/" + matrix }
}
