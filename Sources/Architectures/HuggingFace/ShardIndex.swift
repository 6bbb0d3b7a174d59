import FileFormats
import Foundation

/// model.safetensors.index.json: which shard holds which tensor.
struct ShardIndex {
  private let fileOfTensor: [String: String]

  var fileNames: [String] { Set(fileOfTensor.values).sorted() }

  /// - Throws: `FileError`; `ModelFolderError` when the index cannot be understood.
  init(_ url: URL) throws {
    func fail(_ reason: String) -> ModelFolderError {
      ModelFolderError(path: url.deletingLastPathComponent().path, problems: [.invalidIndex(reason)])
    }
    let file = try MappedFile(url)
    let document: JSONValue
    do {
      document = try file.withBytes { try JSONParser.parse($0) }
    } catch let error as JSONSyntaxError {
      throw fail("\(error)")
    }
    guard let map = document["weight_map"]?.objectValue else {
      throw fail("weight_map is missing or not an object")
    }
    fileOfTensor = Dictionary(
      uniqueKeysWithValues: try map.map { tensor, value in
        guard let name = value.stringValue, name.hasSuffix(".safetensors"), FileSystem.isPlainName(name) else {
          throw fail(
            "weight_map has \(value.kind) for \(tensor.printable()), expected the name of a .safetensors file beside it"
          )
        }
        return (tensor, name)
      })
    guard !fileOfTensor.isEmpty else { throw fail("weight_map is empty") }
  }

  /// Tensors that lie in another shard than the index says, or in two.
  func problems(in files: [String: SafetensorsFile]) -> [ModelFolderError.Problem] {
    files.sorted { $0.key < $1.key }.flatMap { fileName, file in
      file.tensors.keys.sorted().compactMap { tensor in
        guard let expected = fileOfTensor[tensor] else {
          return .invalidIndex("\(tensor) in \(fileName) is not in weight_map")
        }
        return expected == fileName ? nil : .wrongFile(tensor: tensor, expected: expected, found: fileName)
      }
    }
  }
}
