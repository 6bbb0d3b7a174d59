import Architectures
import FileFormats
import Foundation
import Kernels

/// Writes a model as a Hugging Face folder, one tensor at a time.
package struct HuggingFaceExport {
  package let source: any ModelWeights
  package let form: HuggingFaceForm
  /// config.json
  package let configuration: Data

  private var architecture: Architecture { source.architecture }

  /// The class that config.json names.
  package var namedClass: HuggingFaceClass { architecture.writtenClass }

  /// - Throws: `HuggingFaceExportError`, `PackedScaleError`, `RotaryScalingError`; what reading the weights throws.
  package init(source: any ModelWeights, _ request: HuggingFaceForm.Request) throws {
    self.source = source
    form = try HuggingFaceForm(request, for: source)
    configuration = try source.architecture.huggingFaceJSON(
      weightDataType: form.format.huggingFaceName, isPacked: form.isPacked)
  }

  /// Bytes of the weights.
  package var byteCount: Int { SafetensorsWriter.byteCount(entries) }

  /// Fills a folder that gets its name later.
  /// - Throws: `FileError`, `HuggingFaceExportError.noMasters`; what reading the weights throws.
  package func write(to folder: AtomicDirectory) throws {
    try folder.write(configuration, to: ModelFolder.configurationFileName)
    try folder.fill {
      try SafetensorsWriter.write(entries, to: $0.appendingPathComponent(ModelFolder.weightsFileName))
    }
  }

  // MARK: - Tensors

  private var entries: [SafetensorsWriter.Entry] {
    architecture.parameters.flatMap { parameter -> [SafetensorsWriter.Entry] in
      guard let scale = form.scales[parameter.name] else { return [numbers(parameter)] }
      return [
        .packed(parameter) {
          defer { BufferPool.current.trim() }
          return try source.codes(of: parameter)
        }, .scale(of: parameter, format: form.scaleFormat) { scale },
      ]
    }
  }

  private func numbers(_ parameter: ModelParameter) -> SafetensorsWriter.Entry {
    SafetensorsWriter.Entry(name: parameter.name, dataType: form.format.safetensorsType, shape: parameter.shape) {
      sink in
      // The float32 copies that codes were made from.
      defer { BufferPool.current.trim() }
      if let masters = try masters(parameter) {
        return try masters.withUnsafeBufferPointer(form.format.encode).withUnsafeBytes(sink)
      }
      try source.withStored(parameter) { stored in
        if stored.encoding == .floats(form.format), stored.scale == 1 { return try sink(stored.bytes) }
        try form.format.encodeRows(stored.shape, read: stored.readRows, to: sink)
      }
    }
  }

  /// Of a matrix that has only codes; nil for every other tensor.
  private func masters(_ parameter: ModelParameter) throws -> [Float]? {
    guard let numerics = architecture.numerics(of: parameter), let codes = try source.codesAlone(parameter) else {
      return nil
    }
    guard let masters = codes.masters(in: form.format, numerics) else {
      throw HuggingFaceExportError.noMasters(tensor: parameter.name, format: form.format)
    }
    return masters
  }
}
