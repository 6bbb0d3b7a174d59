import FileFormats
import Foundation

/// bitnet_adapter.json: what an adapter needs to be used as it was trained and PEFT's files have no place for.
public struct AdapterOrigin: Codable, CheckpointRecord, Equatable, Sendable {
  static let fileName = "bitnet_adapter.json"
  private static let currentFormatVersion = 2

  private let formatVersion: Int
  public let placement: String
  /// `layersFingerprint` of the model it was trained on; in version 1 its `weightsFingerprint`.
  public let baseFingerprint: String
  /// Of that model; unknown in version 1.
  public let vocabularySize: Int?

  public init(placement: LoRAConfiguration.Placement, baseFingerprint: String, vocabularySize: Int) {
    formatVersion = Self.currentFormatVersion
    self.placement = placement.rawValue
    self.baseFingerprint = baseFingerprint
    self.vocabularySize = vocabularySize
  }

  /// How a model compares with the one that the adapter was trained on.
  enum Comparison {
    case same
    /// The layers are the same, the vocabulary is not.
    case otherVocabulary(trained: Int)
    case other(fingerprint: String)
  }

  func compare(_ weights: any ModelWeights) throws -> Comparison {
    let found = try formatVersion == 1 ? weights.weightsFingerprint() : weights.layersFingerprint()
    if found != baseFingerprint { return .other(fingerprint: found) }
    guard let vocabularySize, vocabularySize != weights.architecture.vocabularySize else { return .same }
    return .otherVocabulary(trained: vocabularySize)
  }

  // MARK: - GGUF

  private static let fingerprintKey = "swift_bitnet.base_fingerprint"
  private static let vocabularySizeKey = "swift_bitnet.base_vocabulary_size"

  /// What a GGUF file of an adapter says of its model; such an adapter stands beside the quantiser.
  var ggufMetadata: [GGUFMetadata.Entry] {
    guard formatVersion == Self.currentFormatVersion, let vocabularySize else { return [] }
    return [
      .init(key: Self.fingerprintKey, value: .string(baseFingerprint)),
      .init(key: Self.vocabularySizeKey, value: .uint32(UInt32(clamping: vocabularySize))),
    ]
  }

  /// nil when the file says nothing: another program wrote it.
  init?(gguf file: GGUFFile) {
    guard case .string(let fingerprint)? = file.metadata[Self.fingerprintKey],
      let size = file.metadata[Self.vocabularySizeKey]?.integerValue
    else { return nil }
    self.init(placement: .beside, baseFingerprint: fingerprint, vocabularySize: size)
  }

  /// nil when the folder has none: PEFT wrote it.
  /// - Throws: `AdapterError`.
  init?(folder: URL) throws {
    let url = folder.appendingPathComponent(Self.fileName)
    guard FileSystem.exists(url) else { return nil }
    let file = try MappedFile(url)
    guard let read = try? file.withBytes({ try Self(serialized: Data($0)) }),
      (1...Self.currentFormatVersion).contains(read.formatVersion),
      LoRAConfiguration.Placement(rawValue: read.placement) != nil
    else {
      throw AdapterError(
        path: url.path,
        problems: [
          "expected format_version 1 or \(Self.currentFormatVersion), a placement (beside or inside) and base_fingerprint; "
            + "copy the file again from where the adapter was trained"
        ])
    }
    self = read
  }
}
