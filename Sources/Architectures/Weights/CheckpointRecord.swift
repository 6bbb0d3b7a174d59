import FileFormats
import Foundation

/// A small JSON file beside weights, with keys as Python writes them.
package protocol CheckpointRecord: Codable {}

extension CheckpointRecord {
  package func serialized() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// - Throws: what is wrong with the JSON.
  package init(serialized bytes: Data) throws {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    self = try decoder.decode(Self.self, from: bytes)
  }
}
