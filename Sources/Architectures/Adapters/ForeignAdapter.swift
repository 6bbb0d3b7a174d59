import FileFormats
import Foundation

/// Folders of adapters that are not laid out as PEFT lays them out, known by their files: why each cannot be read as it is, and
/// what makes it readable.
enum ForeignAdapter {
  private static let mlxWeights = "adapters.safetensors"
  private static let pickledWeights = "adapter_model.bin"

  /// - Throws: `AdapterError` for a folder that holds one.
  static func refuse(_ folder: URL) throws {
    func has(_ name: String) -> Bool { FileSystem.exists(folder.appendingPathComponent(name)) }
    guard !has(LoRAAdapter.weightsFileName) else { return }
    if has(mlxWeights) {
      throw AdapterError(
        path: folder.path,
        problems: [
          "is an adapter of mlx-lm (\(mlxWeights)): its factors are transposed and named otherwise than PEFT's. Fuse it "
            + "into its model with `mlx_lm.fuse`, and use the model"
        ])
    }
    if has(pickledWeights) {
      throw AdapterError(
        path: folder.path,
        problems: [
          "has its weights in \(pickledWeights), a pickle, which can run any code and is never read. Write them as "
            + "\(LoRAAdapter.weightsFileName): load the adapter with PEFT and call save_pretrained(folder)"
        ])
    }
    throw FileError.notFound(path: folder.appendingPathComponent(LoRAAdapter.weightsFileName).path)
  }
}
