import Architectures
import FileFormats
import Foundation
import Kernels

/// Packs a model into a GGUF file, one tensor at a time.
package struct GGUFExport {
  package let source: any ModelWeights
  /// Of the ternary matrices.
  package let type: GGUFTensorType
  /// Of the embedding, which is the head as well.
  package let headType: GGUFTensorType
  /// Tokenizer keys and what else is passed on.
  package let tokenizerMetadata: [GGUFMetadata.Entry]

  package let architecture: GGUFArchitecture
  private var model: Architecture { source.architecture }

  /// - Throws: `ExportError` for what the types or the architecture cannot hold.
  package init(
    source: any ModelWeights, type: GGUFTensorType, headType: GGUFTensorType,
    tokenizerMetadata: [GGUFMetadata.Entry]
  ) throws {
    self.source = source
    self.type = type
    self.headType = headType
    self.tokenizerMetadata = tokenizerMetadata
    let model = source.architecture
    architecture = try GGUFArchitecture(model)
    if type.isTernary, !model.bitLinear.weightQuantization.isQuantizing {
      throw ExportError.notTernary(type: type.name)
    }
    for parameter in model.parameters {
      let type = tensorType(of: parameter)
      if (parameter.shape.last ?? 1).isMultiple(of: type.blockSize) { continue }
      throw widthError(parameter, type)
    }
  }

  private func widthError(_ parameter: ModelParameter, _ type: GGUFTensorType) -> ExportError {
    let isQuantized = model.isQuantized(parameter)
    let others = model.parameters.filter { !$0.isVector && model.isQuantized($0) == isQuantized }
    let candidates: [GGUFTensorType] =
      isQuantized
      ? [.i2_s, .tq1_0, .tq2_0, .float16, .bfloat16, .float32] : [.float32, .float16, .bfloat16]
    let possible = candidates.filter { candidate in
      others.allSatisfy { $0.shape.last?.isMultiple(of: candidate.blockSize) ?? false }
    }
    return .rowWidth(
      type: type.name, tensor: parameter.name, columns: parameter.shape.last ?? 0, blockSize: type.blockSize,
      possible: possible.map { $0.name.lowercased() })
  }

  /// Vectors stay float32; matrices in full precision get the type of the others if that is one of real numbers.
  private func tensorType(of parameter: ModelParameter) -> GGUFTensorType {
    if parameter.isVector { return .float32 }
    if parameter.isTable { return headType }
    return type.isTernary && !model.isQuantized(parameter) ? headType : type
  }

  /// Writes the file under a name that appears when it is whole.
  /// - Throws: `FileError`; what the source throws for broken tensors.
  package func write(to url: URL) throws {
    let parameters = Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.ggufName, $0) })
    let scales = try separateScales()
    let divisors = rotaryDivisors
    let scaleTensors = model.parameters.compactMap { parameter in
      scales[parameter.ggufScaleName].map { _ in
        GGUFWriter.Tensor(name: parameter.ggufScaleName, type: .float32, shape: [1])
      }
    }
    let writer = try GGUFWriter(
      metadata: metadata,
      tensors: model.parameters.map {
        GGUFWriter.Tensor(name: $0.ggufName, type: tensorType(of: $0), shape: $0.shape)
      } + scaleTensors
        + divisors.prefix(1).map { _ in
          GGUFWriter.Tensor(name: RotaryScaling.ggufTensor, type: .float32, shape: [divisors.count])
        }, for: url)
    try writer.write(to: url) { tensor, file in
      if tensor.name == RotaryScaling.ggufTensor {
        try file.write(divisors.withUnsafeBufferPointer(StoredFloatFormat.float32.encode))
      } else if let scale = scales[tensor.name] {
        try file.write(withUnsafeBytes(of: scale.bitPattern.littleEndian) { Data($0) })
      } else if let parameter = parameters[tensor.name] {
        try write(parameter, as: tensor.type, hasSeparateScale: scales[parameter.ggufScaleName] != nil, to: file)
      }
      // The float32 copy that the codes were made from.
      BufferPool.current.trim()
    }
  }

  // MARK: - Tensors

  /// Of the rotary frequencies; empty for models that have none.
  private var rotaryDivisors: [Float] {
    model.ropeScaling.divisors(headDimension: model.headDimension, theta: model.ropeTheta) ?? []
  }

  /// Scales that the type would round lie beside the matrix, whose own scale is then 1.
  private func separateScales() throws -> [String: Float] {
    // Trained with float16 scales, all of them fit types with at least as many digits.
    if model.bitLinear.scaleDataType == .float16, type != .bfloat16 { return [:] }
    if type == .i2_s || type == .float32 { return [:] }
    var scales: [String: Float] = [:]
    for parameter in model.parameters where model.isQuantized(parameter) {
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
    guard model.isQuantized(parameter) else { return try writeFloats(parameter, as: type, to: file) }
    var matrix = try source.codes(of: parameter)
    if hasSeparateScale { matrix = matrix.scaled(by: 1) }
    if let permutation = RotaryRowPermutation(writing: architecture.rotaryRowOrder, parameter, model) {
      matrix = permutation.apply(matrix)
    }
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
    try source.withStored(parameter) { stored in
      if let permutation = RotaryRowPermutation(writing: architecture.rotaryRowOrder, parameter, model) {
        let values = permutation.apply(try stored.floats())
        return try file.write(values.withUnsafeBufferPointer(target.encode))
      }
      let (rows, columns) = (stored.rows, stored.columns)
      let together = max(1, (1 << 20) / columns)
      var values = [Float](repeating: 0, count: min(together, rows) * columns)
      for first in stride(from: 0, to: rows, by: together) {
        let range = first..<min(first + together, rows)
        try values.withUnsafeMutableBufferPointer { buffer in
          let part = UnsafeMutableBufferPointer(rebasing: buffer[..<(range.count * columns)])
          try stored.readRows(range, into: part)
          try file.write(target.encode(UnsafeBufferPointer(part)))
        }
      }
    }
  }
}
