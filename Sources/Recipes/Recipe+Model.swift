import Foundation
import ModelFormats

extension Recipe {
  /// The shape of the model: as written, or that of the checkpoint the recipe starts from.
  /// - Throws: what opening the checkpoint throws.
  public func modelConfiguration() throws -> ModelConfiguration {
    switch model {
    case .configuration(let configuration): configuration
    case .checkpoint(let path): try ModelFolder(URL(fileURLWithPath: path)).configuration
    }
  }
}
