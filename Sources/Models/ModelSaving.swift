import Architectures
import Autograd
import FileFormats
import Foundation

extension BitNetForCausalLM {
  /// Writes the model, without adapters, as a Hugging Face folder that appears when it is whole.
  /// - Parameter files: config.json, tokenizer.json and what else belongs to it, by name.
  /// - Throws: `FileError`.
  public func save(to url: URL, files: [String: Data]) throws {
    let entries = ownParameters.map { name, parameter in
      let bytes = parameter.value.rawBytes
      return SafetensorsWriter.Entry(
        name: name, dataType: parameter.value.safetensorsType, shape: parameter.shape.array,
        bytes: UnsafeRawBufferPointer(bytes))
    }
    try withExtendedLifetime(self) {
      let folder = try AtomicDirectory(target: url, expectedBytes: SafetensorsWriter.byteCount(entries))
      for (name, contents) in files.sorted(by: { $0.key < $1.key }) { try folder.write(contents, to: name) }
      try SafetensorsWriter.write(entries, to: folder.temporary.appendingPathComponent(ModelFolder.weightsFileName))
      try folder.commit()
    }
  }

  /// The same as `ModelFolder.weightsFingerprint` of the folder that `save` would write.
  public func weightsFingerprint() -> String {
    var fingerprint = WeightsFingerprint()
    for (name, parameter) in ownParameters.sorted(by: { $0.name < $1.name }) {
      fingerprint.add(name, parameter.value.safetensorsType, UnsafeRawBufferPointer(parameter.value.rawBytes))
    }
    return fingerprint.hexadecimal
  }

  /// All parameters but those of adapters.
  private var ownParameters: [(name: String, parameter: Parameter)] {
    let adapters = Set(adapterParameters.map(\.name))
    return namedParameters.filter { !adapters.contains($0.name) }
  }
}
