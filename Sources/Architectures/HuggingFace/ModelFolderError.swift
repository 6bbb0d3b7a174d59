import FileFormats

/// Why a folder could not be opened as a model; all of its problems at once.
public struct ModelFolderError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Problem: Equatable, Sendable, CustomStringConvertible {
    case noWeights
    /// Only files that run code when they are opened.
    case pickledWeights(files: [String])
    case ambiguousWeights(files: [String])
    case invalidIndex(String)
    /// A shard that the index names.
    case missingFile(String)
    case missing(tensor: String, shape: [Int])
    case unexpected(tensor: String, file: String)
    case wrongShape(tensor: String, expected: [Int], found: [Int])
    case wrongDataType(tensor: String, found: SafetensorsDataType)
    case wrongFile(tensor: String, expected: String, found: String)

    public var description: String {
      switch self {
      case .noWeights:
        "there is neither model.safetensors nor model.safetensors.index.json"
      case .pickledWeights(let files):
        "the weights are in \(files.prefix(4).joined(separator: ", "))\(files.count > 4 ? ", …" : ""), a pickle, which runs code when opened and is never "
          + "read. Convert it with safetensors' save_file, or fetch the .safetensors version"
      case .ambiguousWeights(let files):
        "both \(files.joined(separator: " and ")) are there; remove the one that is out of date"
      case .invalidIndex(let reason):
        "model.safetensors.index.json: \(reason)"
      case .missingFile(let name):
        "\(name) is not there, but model.safetensors.index.json names it; fetch it as well"
      case .missing(let tensor, let shape):
        "\(tensor) is missing; config.json asks for it in the shape \(shape)"
      case .unexpected(let tensor, let file):
        "\(tensor) in \(file) does not belong to what config.json describes"
      case .wrongShape(let tensor, let expected, let found):
        "\(tensor) has the shape \(found), config.json makes it \(expected)"
      case .wrongDataType(let tensor, let found):
        "\(tensor) is \(found.rawValue), expected BF16, F16 or F32"
          + (found == .uint8 ? "; these are packed 2-bit weights, use the unpacked (bf16) version of the model" : "")
      case .wrongFile(let tensor, let expected, let found):
        "\(tensor) is in \(found), the index says \(expected)"
      }
    }
  }

  public let path: String
  public let problems: [Problem]

  public var description: String {
    "\(path): cannot be opened as a model:" + ProblemList.lines(problems)
  }
}
