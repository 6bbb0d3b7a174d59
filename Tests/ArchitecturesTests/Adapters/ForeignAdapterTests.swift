import Architectures
import FileFormats
import Foundation
import TestSupport
import Testing

@Suite struct ForeignAdapterTests {
  @Test(arguments: [("adapters.safetensors", "mlx_lm.fuse"), ("adapter_model.bin", "a pickle")])
  func anotherLayoutIsNamedWithAWayOut(file: String, words: String) throws {
    let folder = try TemporaryDirectory()
    // Keys of mlx-lm; PEFT's are missing.
    let configuration = #"{"fine_tune_type": "lora", "lora_parameters": {"rank": 8}}"#
    _ = try folder.file("adapter_config.json", Data(configuration.utf8))
    _ = try folder.file(file, Data("x".utf8))
    let error = #expect(throws: AdapterError.self) { try LoRAAdapter(folder.url) }
    #expect(error?.problems.first?.contains(words) == true, "\(String(describing: error))")
  }

  @Test func aMissingFileIsNamed() throws {
    let folder = try TemporaryDirectory()
    _ = try folder.file("adapter_config.json", Data("{}".utf8))
    #expect(throws: FileError.notFound(path: folder.path("adapter_model.safetensors"))) { try LoRAAdapter(folder.url) }
  }
}
