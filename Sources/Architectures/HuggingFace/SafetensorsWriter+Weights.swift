import FileFormats
import Kernels

/// How the weights of a model stand in the safetensors files of a folder.
extension SafetensorsWriter.Entry {
  /// A tensor that is read, and rounded to its format, some rows at a time.
  /// - Parameters:
  ///   - format: f32, f16 or bf16.
  ///   - read: writes some rows in float32.
  package static func rows(
    _ name: String, shape: [Int], format: StoredFloatFormat,
    read: @escaping (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) -> SafetensorsWriter.Entry {
    SafetensorsWriter.Entry(name: name, dataType: format.safetensorsType, shape: shape) { sink in
      try format.encodeRows(shape, read: read, to: sink)
    }
  }

  /// A matrix of codes as transformers packs it.
  /// - Parameter codes: asked once, when its turn has come.
  package static func packed(
    _ parameter: ModelParameter, codes: @escaping () throws -> TernaryCodes
  ) -> SafetensorsWriter.Entry {
    let shape = [parameter.shape[0] / PackedHuggingFace.rowsPerByte, parameter.shape[1]]
    return SafetensorsWriter.Entry(name: parameter.name, dataType: .uint8, shape: shape) { sink in
      try PackedHuggingFace.encode(codes()).withUnsafeBytes(sink)
    }
  }

  /// The number beside a packed matrix, see `Architecture.storedScale`.
  package static func scale(
    of parameter: ModelParameter, format: StoredFloatFormat = .float32, _ scale: @escaping () throws -> Float
  ) -> SafetensorsWriter.Entry {
    SafetensorsWriter.Entry(
      name: FolderLayout.scaleName(parameter.name), dataType: format.safetensorsType, shape: [1]
    ) { sink in
      try [scale()].withUnsafeBufferPointer { try format.encode($0).withUnsafeBytes(sink) }
    }
  }
}

extension StoredFloatFormat {
  /// Hands rows in this format to a sink, a million numbers at a time: a table can be larger than all layers together.
  /// - Parameter read: writes some rows in float32.
  package func encodeRows(
    _ shape: [Int], read: (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void,
    to sink: SafetensorsWriter.Entry.Sink
  ) throws {
    let columns = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    let together = max(1, min(rows, (1 << 20) / max(1, columns)))
    var values = [Float](repeating: 0, count: together * columns)
    for first in stride(from: 0, to: rows, by: together) {
      let range = first..<min(first + together, rows)
      try values.withUnsafeMutableBufferPointer { buffer in
        let part = UnsafeMutableBufferPointer(rebasing: buffer[..<(range.count * columns)])
        try read(range, part)
        try encode(UnsafeBufferPointer(part)).withUnsafeBytes(sink)
      }
    }
  }

  /// Safetensors has no type of blocks.
  package var safetensorsType: SafetensorsDataType {
    switch self {
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32, .q8_0: .float32
    }
  }

  /// As config.json and PyTorch call it.
  package var huggingFaceName: String {
    switch self {
    case .float16: "float16"
    case .bfloat16: "bfloat16"
    case .float32, .q8_0: "float32"
    }
  }

  /// Whether a number comes back as it was.
  package func holds(_ value: Float) -> Bool {
    switch self {
    case .float32: true
    case .float16: Float16Conversion.roundedToFloat16(value) == value
    case .bfloat16: BFloat16(value).floatValue == value
    case .q8_0: false
    }
  }
}
