import Architectures
import Autograd
import FileFormats
import Foundation
import Kernels
import Layers

extension Decoder {
  /// Writes the model, without adapters, as a Hugging Face folder that appears when it is whole.
  /// - Parameter files: config.json, tokenizer.json and what else belongs to it, by name.
  /// - Throws: `FileError`.
  public func save(to url: URL, files: [String: Data]) throws {
    let entries = storedTensors()
    try withExtendedLifetime(self) {
      let folder = try AtomicDirectory(target: url, expectedBytes: SafetensorsWriter.byteCount(entries))
      for (name, contents) in files.sorted(by: { $0.key < $1.key }) { try folder.write(contents, to: name) }
      try SafetensorsWriter.write(entries, to: folder.temporary.appendingPathComponent(ModelFolder.weightsFileName))
      try folder.commit()
    }
  }

  /// The same as `ModelFolder.weightsFingerprint` of the folder that `save` would write.
  public func weightsFingerprint() throws -> String {
    var fingerprint = WeightsFingerprint()
    for entry in storedTensors().sorted(by: { $0.name < $1.name }) {
      fingerprint.add(entry.name, entry.dataType)
      try entry.produce { fingerprint.add($0) }
    }
    return fingerprint.hexadecimal
  }

  /// Whether matrices are stored as codes, which config.json has to say.
  public var holdsCodes: Bool {
    weightsByName().values.contains { if case .codes = $0 { true } else { false } }
  }

  /// All parameters but those of adapters, as they are stored: codes as transformers packs them.
  private func storedTensors() -> [SafetensorsWriter.Entry] {
    let weights = weightsByName()
    return architecture.parameters.flatMap { parameter -> [SafetensorsWriter.Entry] in
      switch weights[parameter.name] {
      case .masters(let master): return [Self.entry(parameter.name, master.value)]
      case .codes(let codes): return Self.packedEntries(parameter, codes)
      case .table(let table): return [Self.entry(parameter.name, table.matrix)]
      case nil: preconditionFailure("\(parameter.name) has no weight")
      }
    }
  }

  private static func entry(_ name: String, _ value: Tensor) -> SafetensorsWriter.Entry {
    SafetensorsWriter.Entry(name: name, dataType: value.safetensorsType, shape: value.shape.array) { sink in
      try sink(UnsafeRawBufferPointer(value.rawBytes))
    }
  }

  /// A frozen table in its own format; Q8_0, which safetensors has no type for, widened.
  private static func entry(_ name: String, _ table: StoredMatrix) -> SafetensorsWriter.Entry {
    let format: StoredFloatFormat = table.format == .q8_0 ? .float32 : table.format
    let types: [StoredFloatFormat: SafetensorsDataType] = [
      .float32: .float32, .float16: .float16, .bfloat16: .bfloat16,
    ]
    return SafetensorsWriter.Entry(
      name: name, dataType: types[format] ?? .float32, shape: [table.rows, table.columns]
    ) { sink in
      var row = [Float](repeating: 0, count: table.columns)
      for index in 0..<table.rows {
        row.withUnsafeMutableBufferPointer { if let start = $0.baseAddress { table.copyRow(index, into: start) } }
        try row.withUnsafeBufferPointer(format.encode).withUnsafeBytes(sink)
      }
    }
  }

  private static func packedEntries(_ parameter: ModelParameter, _ codes: QuantizedWeight) -> [SafetensorsWriter.Entry]
  {
    let shape = [parameter.shape[0] / 4, parameter.shape[1]]
    return [
      SafetensorsWriter.Entry(name: parameter.name, dataType: .uint8, shape: shape) { sink in
        try PackedHuggingFace.encode(TernaryCodes(codes.matrix)).withUnsafeBytes(sink)
      },
      SafetensorsWriter.Entry(name: parameter.name + "_scale", shape: [1], floats: [codes.matrix.gamma]),
    ]
  }
}
