import FileFormats
import Foundation
import Kernels

/// A Hugging Face model folder: config.json, and weights in one safetensors file or in shards with an index.
///
/// Opening it checks that exactly the tensors of the architecture are there, in their shapes. Weights stay on disk
/// until they are read.
public final class ModelFolder: ModelWeights {
  public static let configurationFileName = "config.json"
  public static let weightsFileName = "model.safetensors"
  static let indexFileName = "model.safetensors.index.json"

  public let url: URL
  public let architecture: Architecture
  /// The files that hold weights, by name.
  public let files: [String: SafetensorsFile]
  private let layout: FolderLayout

  /// - Throws: `FileError`, `ArchitectureError`, `SafetensorsError`; `ModelFolderError` listing everything in
  ///   which the tensors differ from the configuration.
  public init(_ url: URL) throws {
    guard FileSystem.exists(url) else { throw FileError.notFound(path: url.path) }
    guard FileSystem.isDirectory(url) else { throw FileError.notDirectory(path: url.path) }
    let configuration = try HuggingFaceConfiguration(url.appendingPathComponent(Self.configurationFileName))
    let index = try Self.findWeights(url)
    let missing = (index?.fileNames ?? []).filter { !FileSystem.exists(url.appendingPathComponent($0)) }
    guard missing.isEmpty else {
      throw ModelFolderError(path: url.path, problems: missing.map { .missingFile($0) })
    }
    var files: [String: SafetensorsFile] = [:]
    for name in index?.fileNames ?? [Self.weightsFileName] {
      files[name] = try SafetensorsFile(url.appendingPathComponent(name))
    }
    let layout = FolderLayout(files, configuration)
    let problems = layout.problems + (index?.problems(in: files) ?? [])
    guard problems.isEmpty else { throw ModelFolderError(path: url.path, problems: problems) }
    self.url = url
    architecture = configuration.architecture
    self.files = files
    self.layout = layout
  }

  /// The tensor's type, shape and place, as stored. The parameter is one of the architecture's.
  public func tensor(_ parameter: ModelParameter) throws -> SafetensorsTensor {
    let (file, name) = try place(of: parameter)
    return try file.tensor(name)
  }

  /// The elements as stored. Valid as long as this object lives.
  public func bytes(of parameter: ModelParameter) throws -> UnsafeRawBufferPointer {
    let (file, name) = try place(of: parameter)
    return try file.bytes(of: name)
  }

  public func withStored<Result>(
    _ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result
  ) throws -> Result {
    let (file, name) = try place(of: parameter)
    let tensor = try file.tensor(name)
    defer { try? file.release(name) }
    let stored = StoredTensor(
      try encoding(tensor, name), shape: parameter.shape, bytes: try file.bytes(of: name),
      scale: tensor.dataType == .uint8 ? try layout.scale(of: parameter) : 1, place: "\(file.url.path): \(name)",
      giveBack: { file.release(tensor, bytes: $0) })
    return try withExtendedLifetime(self) { try body(stored) }
  }

  private func encoding(_ tensor: SafetensorsTensor, _ name: String) throws -> StoredTensor.Encoding {
    switch tensor.dataType {
    case .float32: return .floats(.float32)
    case .float16: return .floats(.float16)
    case .bfloat16: return .floats(.bfloat16)
    case .uint8: return .packedHuggingFace
    default: throw ModelFolderError(path: url.path, problems: [.wrongDataType(tensor: name, found: tensor.dataType)])
    }
  }

  /// SHA-256 of all weights with their names and types, in hexadecimal; the same however they are cut into files.
  public func weightsFingerprint() throws -> String {
    var fingerprint = WeightsFingerprint()
    for (parameter, (file, name)) in layout.places.sorted(by: { $0.key < $1.key }) {
      fingerprint.add(parameter, try file.tensor(name).dataType)
      fingerprint.add(try file.bytes(of: name))
      try file.release(name)
    }
    return fingerprint.hexadecimal
  }

  private func place(of parameter: ModelParameter) throws -> (file: SafetensorsFile, name: String) {
    guard let place = layout.places[parameter.name] else {
      throw SafetensorsError(path: url.path, problem: .noSuchTensor(name: parameter.name))
    }
    return place
  }

  /// The index of sharded weights; nil when there is a single file.
  private static func findWeights(_ url: URL) throws -> ShardIndex? {
    func fail(_ problem: ModelFolderError.Problem) -> ModelFolderError {
      ModelFolderError(path: url.path, problems: [problem])
    }
    let names = try FileSystem.contents(of: url).map(\.lastPathComponent)
    switch (names.contains(weightsFileName), names.contains(indexFileName)) {
    case (true, false): return nil
    case (true, true): throw fail(.ambiguousWeights(files: [weightsFileName, indexFileName]))
    case (false, true): return try ShardIndex(url.appendingPathComponent(indexFileName))
    case (false, false):
      let pickles = names.filter { [".bin", ".pt", ".pth", ".ckpt"].contains(where: $0.hasSuffix) }
      throw fail(pickles.isEmpty ? .noWeights : .pickledWeights(files: pickles))
    }
  }
}
