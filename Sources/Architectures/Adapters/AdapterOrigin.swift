import FileFormats
import Foundation

/// bitnet_adapter.json: what an adapter needs to be used as it was trained and PEFT's files have no place for.
public struct AdapterOrigin: Codable, Equatable, Sendable {
  static let fileName = "bitnet_adapter.json"
  private static let currentFormatVersion = 1

  private let formatVersion: Int
  public let placement: String
  /// `ModelFolder.weightsFingerprint` of the model it was trained on.
  public let baseFingerprint: String

  public init(placement: LoRAConfiguration.Placement, baseFingerprint: String) {
    formatVersion = Self.currentFormatVersion
    self.placement = placement.rawValue
    self.baseFingerprint = baseFingerprint
  }

  package func serialized() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// nil when the folder has none: PEFT wrote it.
  /// - Throws: `AdapterError`.
  init?(folder: URL) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    guard FileSystem.exists(url) else { return nil }
    let file = try MappedFile(url)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let read = try? decoder.decode(Self.self, from: file.withBytes { Data($0) }),
      read.formatVersion == Self.currentFormatVersion, LoRAConfiguration.Placement(rawValue: read.placement) != nil
    else {
      throw AdapterError(
        path: url.path,
        problems: [
          "expected format_version \(Self.currentFormatVersion), a placement (beside or inside) and base_fingerprint; "
            + "copy the file again from where the adapter was trained"
        ])
    }
    self = read
  }
}
