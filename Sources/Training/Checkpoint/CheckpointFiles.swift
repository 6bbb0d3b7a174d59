import FileFormats
import Foundation

/// The names of the files and tensors of a checkpoint folder.
enum CheckpointFiles {
  static let optimizer = "trainer/optimizer.safetensors"
  static let state = "trainer/state.json"
  static let manifest = "trainer/" + Manifest.fileName

  /// Ternary codes at the last log line.
  static func codes(_ matrix: String) -> String { "codes/" + matrix }
}
