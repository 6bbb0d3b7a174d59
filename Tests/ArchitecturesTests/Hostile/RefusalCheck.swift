import FileFormats
import Foundation

import Architectures

/// What every text about a refused model has to be.
enum RefusalCheck {
  /// - Parameters:
  ///   - file: the one that was spoilt.
  ///   - key: the only one that was changed, if there is one.
  /// - Returns: what is wrong with the error; nil: nothing.
  static func complaint(about error: any Error, in folder: URL, file: String, key: String? = nil) -> String? {
    let text = "\(error)"
    let excerpt = text.prefix(400)
    switch error {
    case is ArchitectureError, is ModelFolderError, is FileError, is SafetensorsError, is StoredTensorError: break
    default: return "an error of type \(type(of: error)): \(excerpt)"
    }
    if !text.contains(folder.path) { return "names no path: \(excerpt)" }
    if !text.contains(file) && !text.contains(".safetensors") { return "names no file: \(excerpt)" }
    if text.utf8.count > 20_000 { return "\(text.utf8.count) bytes long: \(excerpt)" }
    let isPrintable = text.unicodeScalars.allSatisfy { scalar in
      scalar == "\n" || ![.control, .format, .lineSeparator].contains(scalar.properties.generalCategory)
    }
    if !isPrintable { return "has characters that steer a terminal: \(excerpt)" }
    // Broken JSON is pointed at, and shapes that follow from a key are compared with the tensors, which are named then.
    if let key, error is ArchitectureError, !text.contains(", byte "), !text.contains(key) {
      return "does not name \(key): \(excerpt)"
    }
    return nil
  }
}
