import FileFormats
import Foundation
import Kernels

/// A Hugging Face model folder: config.json, and weights in one safetensors file or in shards with an index.
///
/// Opening it checks that exactly the tensors of the configuration are there, in their shapes. Weights stay on disk
/// until they are read.
public final class ModelFolder: Sendable {
  public static let configurationFileName = "config.json"
  public static let weightsFileName = "model.safetensors"
  static let indexFileName = "model.safetensors.index.json"
  private static let readableTypes: [SafetensorsDataType] = [.bfloat16, .float16, .float32]

  public let url: URL
  public let configuration: ModelConfiguration
  /// The files that hold weights, by name.
  public let files: [String: SafetensorsFile]
  private let fileOfTensor: [String: SafetensorsFile]

  /// - Throws: `FileError`, `ModelConfigurationError`, `SafetensorsError`; `ModelFolderError` listing everything in
  ///   which the tensors differ from the configuration.
  public init(_ url: URL) throws {
    guard FileSystem.exists(url) else { throw FileError.notFound(path: url.path) }
    guard FileSystem.isDirectory(url) else { throw FileError.notDirectory(path: url.path) }
    let configuration = try ModelConfiguration(
      huggingFaceJSON: url.appendingPathComponent(Self.configurationFileName))
    let index = try Self.findWeights(url)
    var files: [String: SafetensorsFile] = [:]
    for name in index?.fileNames ?? [Self.weightsFileName] {
      files[name] = try SafetensorsFile(url.appendingPathComponent(name))
    }
    let problems = Self.compare(files, configuration) + (index?.problems(in: files) ?? [])
    guard problems.isEmpty else { throw ModelFolderError(path: url.path, problems: problems) }

    self.url = url
    self.configuration = configuration
    self.files = files
    fileOfTensor = files.values.reduce(into: [:]) { result, file in
      for name in file.tensors.keys { result[name] = file }
    }
  }

  /// The tensor's type, shape and place. `name` is one of `configuration.parameters`.
  public func tensor(_ name: String) throws -> SafetensorsTensor {
    try file(of: name).tensor(name)
  }

  /// The elements as `Float`, row-major.
  public func values(of name: String) throws -> [Float] {
    try file(of: name).floats(of: name)
  }

  /// Reads the elements as `Float` into a buffer of exactly their number.
  public func readValues(of name: String, into destination: UnsafeMutableBufferPointer<Float>) throws {
    try file(of: name).readFloats(of: name, into: destination)
  }

  /// The elements of a BF16 tensor, bit for bit.
  public func bfloat16s(of name: String) throws -> [BFloat16] {
    try file(of: name).bfloat16s(of: name)
  }

  /// The elements as stored. Valid as long as this object lives.
  public func bytes(of name: String) throws -> UnsafeRawBufferPointer {
    try file(of: name).bytes(of: name)
  }

  /// Gives the memory of a tensor back to the system; it is read from the file again when somebody asks.
  package func release(_ name: String) throws { try file(of: name).release(name) }

  /// SHA-256 of all weights with their names and types, in hexadecimal; the same however they are cut into files.
  public func weightsFingerprint() throws -> String {
    var fingerprint = WeightsFingerprint()
    for name in configuration.parameters.map(\.name).sorted() {
      fingerprint.add(name, try tensor(name).dataType, try bytes(of: name))
      try release(name)
    }
    return fingerprint.hexadecimal
  }

  private func file(of name: String) throws -> SafetensorsFile {
    guard let file = fileOfTensor[name] else {
      throw SafetensorsError(path: url.path, problem: .noSuchTensor(name: name))
    }
    return file
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

  private static func compare(
    _ files: [String: SafetensorsFile], _ configuration: ModelConfiguration
  ) -> [ModelFolderError.Problem] {
    var problems: [ModelFolderError.Problem] = []
    let parameters = configuration.parameters
    for parameter in parameters {
      guard let tensor = files.values.lazy.compactMap({ $0.tensors[parameter.name] }).first else {
        problems.append(.missing(tensor: parameter.name, shape: parameter.shape))
        continue
      }
      if !readableTypes.contains(tensor.dataType) {
        problems.append(.wrongDataType(tensor: parameter.name, found: tensor.dataType))
      } else if tensor.shape != parameter.shape {
        problems.append(.wrongShape(tensor: parameter.name, expected: parameter.shape, found: tensor.shape))
      }
    }
    let expected = Set(parameters.map(\.name))
    for (name, file) in files.sorted(by: { $0.key < $1.key }) {
      for tensor in file.tensors.keys.sorted() where !expected.contains(tensor) {
        problems.append(.unexpected(tensor: tensor, file: name))
      }
    }
    return problems
  }
}
