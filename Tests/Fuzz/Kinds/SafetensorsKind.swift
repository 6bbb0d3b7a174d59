import Architectures
import FileFormats
import Foundation

/// safetensors files alone and as the weights of a folder, and the index of a model in shards.
enum SafetensorsKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    let (single, shards) = (folder.appending(path: "single"), folder.appending(path: "shards"))
    let files = try ConfigurationKind.writeModel(to: single, shards: 1)
    let index = try ConfigurationKind.writeModel(to: shards, shards: 3).joined()
    let mixed = try mixed(in: folder)
    let index2 = index.replacing("model-0", with: "model-1")
    return [
      InputForm(
        fileName: "any.safetensors", mutator: SafetensorsMutator([mixed, try weights(files, in: single)])
      ) { url, _ in
        let file = try SafetensorsFile(url)
        for name in file.tensors.keys { _ = try file.bytes(of: name).last }
        for (name, tensor) in file.tensors where tensor.dataType == .float16 || tensor.dataType == .bfloat16 {
          _ = try file.floats(of: name)
        }
      },
      InputForm(
        fileName: "single/model.safetensors", mutator: SafetensorsMutator([try weights(files, in: single)])
      ) { url, _ in try readWeights(url.deletingLastPathComponent()) },
      InputForm(
        fileName: "shards/model.safetensors.index.json",
        mutator: JSONMutator([index], words: ["model-2.safetensors", "../model-0.safetensors", "config.json", index2])
      ) { url, _ in try readWeights(url.deletingLastPathComponent()) },
    ]
  }

  private static func weights(_ names: [String], in folder: URL) throws -> [UInt8] {
    try Array(Data(contentsOf: folder.appending(path: names[0])))
  }

  private static func readWeights(_ folder: URL) throws {
    let model = try ModelFolder(folder)
    for parameter in model.architecture.parameters {
      if model.architecture.isQuantized(parameter) {
        _ = try model.codes(of: parameter)
      } else {
        _ = try model.withStored(parameter) { try $0.floats() }
      }
    }
  }

  private static func mixed(in folder: URL) throws -> [UInt8] {
    let header = #"""
      {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},\#
      "b":{"dtype":"BF16","shape":[3],"data_offsets":[16,22]},"c":{"dtype":"F16","shape":[],"data_offsets":[22,24]},\#
      "d":{"dtype":"U8","shape":[4,0],"data_offsets":[24,24]},"e":{"dtype":"I64","shape":[1],"data_offsets":[24,32]}}
      """#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    return [UInt8(padded.utf8.count & 255), UInt8(padded.utf8.count >> 8), 0, 0, 0, 0, 0, 0] + padded.utf8
      + (0..<32).map { UInt8($0) }
  }
}
