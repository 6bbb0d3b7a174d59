import FileFormats
import Foundation
import Kernels

/// Where the parameters of an architecture lie in the safetensors files of a folder, and what does not fit.
struct FolderLayout: Sendable {
  /// By the parameter's own name.
  private(set) var places: [String: (file: SafetensorsFile, name: String)] = [:]
  private(set) var problems: [ModelFolderError.Problem] = []
  private let quantization: HuggingFaceQuantization?

  private static let readableTypes: [SafetensorsDataType] = [.bfloat16, .float16, .float32]

  init(_ files: [String: SafetensorsFile], _ configuration: HuggingFaceConfiguration) {
    quantization = configuration.quantization
    let architecture = configuration.architecture
    let named = architecture.huggingFaceClass ?? architecture.writtenClass
    var fileOfTensor: [String: SafetensorsFile] = [:]
    for (_, file) in files.sorted(by: { $0.key < $1.key }) {
      for name in file.tensors.keys { fileOfTensor[name] = file }
    }
    var expected: Set<String> = []
    for parameter in architecture.parameters {
      let names = [parameter.name] + named.alternativeNames(of: parameter)
      guard let name = names.first(where: { fileOfTensor[$0] != nil }), let file = fileOfTensor[name] else {
        problems.append(.missing(tensor: parameter.name, shape: parameter.shape))
        continue
      }
      expected.insert(name)
      places[parameter.name] = (file, name)
      guard let tensor = file.tensors[name] else { continue }
      if tensor.dataType == .uint8 {
        checkPacked(tensor, name, parameter, architecture, fileOfTensor)
        expected.insert(Self.scaleName(name))
      } else if !Self.readableTypes.contains(tensor.dataType) {
        problems.append(.wrongDataType(tensor: name, found: tensor.dataType))
      } else if tensor.shape != parameter.shape {
        problems.append(.wrongShape(tensor: name, expected: parameter.shape, found: tensor.shape))
      }
    }
    checkUnexpected(files, expected, architecture)
  }

  // MARK: - Packed matrices

  private static func scaleName(_ name: String) -> String { name + "_scale" }

  private mutating func checkPacked(
    _ tensor: SafetensorsTensor, _ name: String, _ parameter: ModelParameter, _ architecture: Architecture,
    _ fileOfTensor: [String: SafetensorsFile]
  ) {
    guard architecture.isQuantized(parameter), quantization?.isPacked == true else {
      problems.append(.wrongDataType(tensor: name, found: tensor.dataType))
      return
    }
    let packed = [parameter.shape[0] / 4, parameter.shape[1]]
    guard parameter.shape[0].isMultiple(of: 4), tensor.shape == packed else {
      problems.append(.wrongShape(tensor: name, expected: packed, found: tensor.shape))
      return
    }
    let scaleName = Self.scaleName(name)
    guard let file = fileOfTensor[scaleName], let scale = file.tensors[scaleName] else {
      problems.append(.missing(tensor: scaleName, shape: [1]))
      return
    }
    if scale.elementCount != 1 {
      problems.append(.wrongShape(tensor: scaleName, expected: [1], found: scale.shape))
    } else if !Self.readableTypes.contains(scale.dataType) {
      problems.append(.wrongDataType(tensor: scaleName, found: scale.dataType))
    } else {
      places[Self.scaleName(parameter.name)] = (file, scaleName)
    }
  }

  /// γ of a packed matrix.
  /// - Throws: `StoredTensorError` for a stored scale that gives none.
  func scale(of parameter: ModelParameter) throws -> Float {
    guard let (file, name) = places[Self.scaleName(parameter.name)] else { return 1 }
    let stored = try file.floats(of: name)[0]
    let scale = quantization?.storesInverseScale == true ? 1 / stored : stored
    guard scale.isFinite, scale > 0 else {
      throw StoredTensorError(
        place: "\(file.url.path): \(name)",
        reason: "the scale \(stored), expected a number above 0 whose reciprocal is finite")
    }
    return scale
  }

  // MARK: - Tensors that are too many

  private mutating func checkUnexpected(
    _ files: [String: SafetensorsFile], _ expected: Set<String>, _ architecture: Architecture
  ) {
    for (fileName, file) in files.sorted(by: { $0.key < $1.key }) {
      for tensor in file.tensors.keys.sorted() where !expected.contains(tensor) {
        // Older conversions store what follows from rope_theta.
        if tensor.hasSuffix(".rotary_emb.inv_freq") { continue }
        if tensor == "lm_head.weight", architecture.tieWordEmbeddings, equalsEmbedding(tensor, file) { continue }
        problems.append(.unexpected(tensor: tensor, file: fileName))
      }
    }
  }

  /// Some programs store a tied head a second time.
  private func equalsEmbedding(_ head: String, _ file: SafetensorsFile) -> Bool {
    guard let (embeddingFile, name) = places["model.embed_tokens.weight"],
      let embedding = try? embeddingFile.bytes(of: name), let copy = try? file.bytes(of: head),
      embedding.count == copy.count, let left = embedding.baseAddress, let right = copy.baseAddress
    else { return false }
    defer {
      try? embeddingFile.release(name)
      try? file.release(head)
    }
    return memcmp(left, right, copy.count) == 0
  }
}
