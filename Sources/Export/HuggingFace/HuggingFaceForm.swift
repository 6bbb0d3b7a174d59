import Architectures
import Kernels

/// How the numbers of a model are stored in a Hugging Face folder.
package struct HuggingFaceForm: Equatable, Sendable {
  /// What the user asks for.
  package enum Request: Equatable, Sendable {
    /// Nothing is rounded, and codes stay codes.
    case asStored
    /// Codes of the ternary matrices. The other tensors in a type; nil: as they are stored.
    case packed(others: StoredFloatFormat?)
    /// All numbers in one type; matrices of codes become masters.
    case numbers(StoredFloatFormat)
  }

  /// Of every tensor that is not packed: transformers loads a folder in one type.
  package let format: StoredFloatFormat
  package let isPacked: Bool
  /// What stands beside the packed matrices, by name.
  package let scales: [String: Float]
  package let scaleFormat: StoredFloatFormat

  /// - Throws: `HuggingFaceExportError`, `PackedScaleError`; what reading the weights throws.
  package init(_ request: Request, for source: any ModelWeights) throws {
    let architecture = source.architecture
    let problem = Self.packingProblem(architecture)
    var asked: StoredFloatFormat?
    switch request {
    case .numbers(let format): (isPacked, asked) = (false, format)
    case .packed(let others):
      if let problem { throw problem }
      (isPacked, asked) = (true, others)
    case .asStored:
      isPacked = try problem == nil && architecture.quantizedParameters.allSatisfy { try source.codesAlone($0) != nil }
    }
    let isPacked = isPacked
    format =
      try asked
      ?? Self.storedFormat(architecture.parameters.filter { !(isPacked && architecture.isQuantized($0)) }, source)
    scales = isPacked ? try Self.scales(source) : [:]
    scaleFormat = scales.values.allSatisfy(format.holds) ? format : .float32
  }

  private static func packingProblem(_ architecture: Architecture) -> HuggingFaceExportError? {
    let quantization = architecture.bitLinear.weightQuantization
    guard quantization == .absmean, !architecture.quantizedParameters.isEmpty else { return .notTernary(quantization) }
    let odd = architecture.quantizedParameters.first { !PackedHuggingFace.holds(rows: $0.shape[0]) }
    return odd.map { .rowCount(tensor: $0.name, rows: $0.shape[0]) }
  }

  private static func scales(_ source: any ModelWeights) throws -> [String: Float] {
    var scales: [String: Float] = [:]
    for parameter in source.architecture.quantizedParameters {
      let matrix = try source.codes(of: parameter)
      // Zeros are zeros under any scale; the block formats of GGUF then have none.
      let isZero = matrix.codes.allSatisfy { $0 == 0 }
      guard matrix.scale > 0 || isZero else { throw HuggingFaceExportError.noScale(tensor: parameter.name) }
      scales[parameter.name] = try source.architecture.storedScale(of: parameter, matrix.scale > 0 ? matrix.scale : 1)
      BufferPool.current.trim()
    }
    return scales
  }

  // MARK: - The type that numbers are stored in

  /// The type of most numbers; float32 when that does not hold all of the others.
  private static func storedFormat(
    _ parameters: [ModelParameter], _ source: any ModelWeights
  ) throws -> StoredFloatFormat {
    var counts: [StoredFloatFormat: Int] = [:]
    var formats: [String: StoredFloatFormat] = [:]
    for parameter in parameters {
      let format = try format(of: parameter, source)
      formats[parameter.name] = format
      counts[format, default: 0] += parameter.elementCount
    }
    let most = StoredFloatFormat.allCases.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? .float32
    for parameter in parameters where formats[parameter.name] != most {
      guard try holds(parameter, most, source) else { return .float32 }
    }
    return most
  }

  private static func format(of parameter: ModelParameter, _ source: any ModelWeights) throws -> StoredFloatFormat {
    if source.architecture.isQuantized(parameter), try source.codesAlone(parameter) != nil { return .float32 }
    return try source.withStored(parameter) { stored in
      guard case .floats(let format) = stored.encoding, format != .q8_0, stored.scale == 1 else { return .float32 }
      return format
    }
  }

  private static func holds(
    _ parameter: ModelParameter, _ format: StoredFloatFormat, _ source: any ModelWeights
  ) throws -> Bool {
    if source.architecture.isQuantized(parameter), try source.codesAlone(parameter) != nil { return false }
    return try source.withStored(parameter) { stored in
      let together = max(1, (1 << 20) / max(1, stored.columns))
      for first in stride(from: 0, to: stored.rows, by: together) {
        guard try stored.floats(first..<min(first + together, stored.rows)).allSatisfy(format.holds) else {
          return false
        }
      }
      return true
    }
  }
}

extension ModelWeights {
  /// The codes of a quantised matrix that has no masters: stored as codes, or as the products of codes and scale that
  /// GGUF files of real numbers have.
  /// - Returns: nil for masters.
  func codesAlone(_ parameter: ModelParameter) throws -> TernaryCodes? {
    try withStored(parameter) { stored in
      if stored.isTernary { return try stored.codes() }
      guard stored.mayBeWidenedCodes else { return nil }
      return try stored.floats().withUnsafeBufferPointer {
        TernaryCodes(exactly: $0, rows: stored.rows, columns: stored.columns)
      }
    }
  }
}
