import Architectures
import FileFormats
import Foundation
import Kernels

/// Packs a model into a GGUF file, one tensor at a time.
package struct GGUFExport {
  package let source: any ExportSource
  /// Of the ternary matrices.
  package let type: GGUFTensorType
  /// Of the embedding, which is the head as well.
  package let headType: GGUFTensorType
  /// Tokenizer keys and what else is passed on.
  package let tokenizerMetadata: [GGUFMetadata.Entry]

  private var configuration: ModelConfiguration { source.configuration }
  package let architecture: GGUFArchitecture

  /// - Throws: `ExportError` for what the types or the architecture cannot hold.
  package init(
    source: any ExportSource, type: GGUFTensorType, headType: GGUFTensorType,
    tokenizerMetadata: [GGUFMetadata.Entry]
  ) throws {
    self.source = source
    self.type = type
    self.headType = headType
    self.tokenizerMetadata = tokenizerMetadata
    let configuration = source.configuration
    guard let architecture = GGUFArchitecture(configuration.hiddenActivation) else {
      throw ExportError.activation(configuration.hiddenActivation.rawValue)
    }
    self.architecture = architecture
    if !configuration.tieWordEmbeddings, architecture == .bitnet { throw ExportError.separateHead }
    if configuration.bitLinear.weightQuantization == .none, type.isTernary {
      throw ExportError.notTernary(type: type.name)
    }
    for parameter in configuration.parameters {
      let type = tensorType(of: parameter)
      if (parameter.shape.last ?? 1).isMultiple(of: type.blockSize) { continue }
      throw Self.widthError(parameter, type, configuration)
    }
  }

  private static func widthError(
    _ parameter: ModelParameter, _ type: GGUFTensorType, _ configuration: ModelConfiguration
  ) -> ExportError {
    let kinds = configuration.parameters.filter {
      $0.kind != .norm && $0.kind.isQuantized == parameter.kind.isQuantized
    }
    let candidates: [GGUFTensorType] =
      parameter.kind.isQuantized
      ? [.i2_s, .tq1_0, .tq2_0, .float16, .bfloat16, .float32] : [.float32, .float16, .bfloat16]
    let possible = candidates.filter { candidate in
      kinds.allSatisfy { $0.shape.last?.isMultiple(of: candidate.blockSize) ?? false }
    }
    return .rowWidth(
      type: type.name, tensor: parameter.name, columns: parameter.shape.last ?? 0, blockSize: type.blockSize,
      possible: possible.map { $0.name.lowercased() })
  }

  private func tensorType(of parameter: ModelParameter) -> GGUFTensorType {
    switch parameter.kind {
    case .norm: .float32
    case .embedding, .head: headType
    default: type
    }
  }

  /// Writes the file under a name that appears when it is whole.
  /// - Throws: `FileError`; what the source throws for broken tensors.
  package func write(to url: URL) throws {
    let parameters = Dictionary(uniqueKeysWithValues: configuration.parameters.map { ($0.ggufName, $0) })
    let scales = try separateScales()
    let scaleTensors = configuration.parameters.compactMap { parameter in
      scales[parameter.ggufScaleName].map { _ in
        GGUFWriter.Tensor(name: parameter.ggufScaleName, type: .float32, shape: [1])
      }
    }
    let writer = try GGUFWriter(
      metadata: metadata,
      tensors: configuration.parameters.map {
        GGUFWriter.Tensor(name: $0.ggufName, type: tensorType(of: $0), shape: $0.shape)
      } + scaleTensors, for: url)
    try writer.write(to: url) { tensor, file in
      if let scale = scales[tensor.name] {
        try file.write(withUnsafeBytes(of: scale.bitPattern.littleEndian) { Data($0) })
      } else if let parameter = parameters[tensor.name] {
        try write(parameter, as: tensor.type, hasSeparateScale: scales[parameter.ggufScaleName] != nil, to: file)
      }
      // The float32 copy that the codes were made from.
      BufferPool.current.trim()
    }
  }

  // MARK: - Tensors

  private func isQuantized(_ parameter: ModelParameter) -> Bool {
    parameter.kind.isQuantized && configuration.bitLinear.weightQuantization != .none
  }

  /// Scales that the type would round lie beside the matrix, whose own scale is then 1.
  private func separateScales() throws -> [String: Float] {
    // Trained with float16 scales, all of them fit types with at least as many digits.
    if configuration.bitLinear.scaleDataType == .float16, type != .bfloat16 { return [:] }
    if type == .i2_s || type == .float32 { return [:] }
    var scales: [String: Float] = [:]
    for parameter in configuration.parameters where isQuantized(parameter) {
      let scale = try source.codes(of: parameter).scale
      if !holds(scale) { scales[parameter.ggufScaleName] = scale }
    }
    return scales
  }

  private func holds(_ scale: Float) -> Bool {
    if let packed = type.packedTernary { return packed.holds(scale) }
    switch type {
    case .float16: return Float16Conversion.roundedToFloat16(scale) == scale
    case .bfloat16: return BFloat16(scale).floatValue == scale
    default: return true
    }
  }

  private func write(
    _ parameter: ModelParameter, as type: GGUFTensorType, hasSeparateScale: Bool, to file: OutputFile
  ) throws {
    guard isQuantized(parameter) else { return try writeFloats(parameter, as: type, to: file) }
    var matrix = try source.codes(of: parameter)
    if hasSeparateScale { matrix = matrix.scaled(by: 1) }
    if let packed = type.packedTernary {
      try file.write(packed.encode(matrix))
    } else if let format = type.storedFloats {
      let values = matrix.codes.map { Float($0) * matrix.scale }
      try file.write(values.withUnsafeBufferPointer(format.encode))
    }
  }

  /// In pieces, for an embedding can be larger than all layers together.
  private func writeFloats(_ parameter: ModelParameter, as type: GGUFTensorType, to file: OutputFile) throws {
    guard let target = type.storedFloats else { return }
    try source.withStoredFloats(of: parameter) { bytes, format in
      let pieceSize = 1 << 20
      var values = [Float](repeating: 0, count: min(pieceSize, parameter.elementCount))
      for start in stride(from: 0, to: parameter.elementCount, by: pieceSize) {
        let count = min(pieceSize, parameter.elementCount - start)
        let from = format.byteCount(elements: start)
        let piece = UnsafeRawBufferPointer(rebasing: bytes[from..<from + format.byteCount(elements: count)])
        try values.withUnsafeMutableBufferPointer { buffer in
          let part = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
          format.decode(piece, into: part)
          try file.write(target.encode(UnsafeBufferPointer(part)))
        }
      }
    }
  }
}
