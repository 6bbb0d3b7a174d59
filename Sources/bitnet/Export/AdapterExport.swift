import Inference
import Architectures
import Export
import FileFormats
import Foundation

/// Writes an adapter as a GGUF file that was read again, and every number compared, before it got its name.
struct AdapterExport {
  let model: String
  let adapter: String
  let output: String

  private struct Report: Encodable {
    let file: String
    let fileBytes: Int
    let tensors: Int
  }

  /// - Throws: `AdapterError`; what is wrong with model or adapter, `FileError`.
  func run(json: Bool) throws {
    let opened = try OpenedModel(model, adapter: adapter)
    guard let adapter = opened.adapter else { return }
    let url = URL(fileURLWithPath: output)
    try adapter.writeGGUF(to: url, for: opened.architecture)
    let report = Report(
      file: output, fileBytes: try MappedFile(url).bytes.count, tensors: 2 * adapter.factors.count)
    if json { return try JSONOutput.write(report) }
    StandardOutput.tell(
      """
      wrote    \(output), \(CountFormat.bytes(report.fileBytes))
      adapter  \(report.tensors) factors in float32, read back: the same numbers
      use      llama-cli -m MODEL.gguf --lora \(output)
      """)
  }
}
