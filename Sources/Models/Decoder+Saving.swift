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
      try folder.fill {
        try SafetensorsWriter.write(entries, to: $0.appendingPathComponent(ModelFolder.weightsFileName))
      }
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
      case .codes(let codes): return packedEntries(parameter, codes)
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
    .rows(
      name, shape: [table.rows, table.columns], format: table.format == .q8_0 ? .float32 : table.format
    ) { rows, destination in
      guard let start = destination.baseAddress else { return }
      for (place, row) in rows.enumerated() { table.copyRow(row, into: start + place * table.columns) }
    }
  }

  private func packedEntries(_ parameter: ModelParameter, _ codes: QuantizedWeight) -> [SafetensorsWriter.Entry] {
    [
      .packed(parameter) { TernaryCodes(codes.matrix) },
      .scale(of: parameter) { try self.architecture.storedScale(of: parameter, codes.matrix.gamma) },
    ]
  }
}
