import FileFormats
import Foundation

/// What a MODEL argument of a command names.
package enum ModelLocation: Equatable, Sendable {
  /// A Hugging Face model folder; checkpoints are such folders.
  case folder(URL)
  /// A LoRA adapter as PEFT lays it out; checkpoints of LoRA runs are such folders.
  case adapter(URL)
  case safetensorsFile(URL)
  case ggufFile(URL)
  /// Weights of llama2.c.
  case llama2CFile(URL)

  /// The file of a run folder that names its newest complete checkpoint.
  package static let latestFileName = "latest"

  package var url: URL {
    switch self {
    case .folder(let url), .adapter(let url), .safetensorsFile(let url), .ggufFile(let url), .llama2CFile(let url): url
    }
  }

  /// Follows a run folder to its newest checkpoint; tells files apart by their first bytes.
  /// - Throws: `FileError`, `ModelLocationError`.
  package init(resolving url: URL) throws {
    guard FileSystem.exists(url) else { throw FileError.notFound(path: url.path) }
    guard FileSystem.isDirectory(url) else {
      self = try Self.file(url)
      return
    }
    if FileSystem.exists(url.appendingPathComponent(Self.latestFileName)) {
      let checkpoint = try Self.latestCheckpoint(of: url)
      self = LoRAAdapter.isAdapter(checkpoint) ? .adapter(checkpoint) : .folder(checkpoint)
    } else if LoRAAdapter.isAdapter(url) {
      self = .adapter(url)
    } else if FileSystem.exists(url.appendingPathComponent(ModelFolder.configurationFileName)) {
      self = .folder(url)
    } else {
      let names = try FileSystem.contents(of: url).map(\.lastPathComponent)
      throw ModelLocationError.notAModel(path: url.path, entries: names)
    }
  }

  /// The checkpoint that `latest` of a run folder names.
  package static func latestCheckpoint(of run: URL) throws -> URL {
    let file = try MappedFile(run.appendingPathComponent(latestFileName))
    let name = file.withBytes { String(decoding: $0, as: UTF8.self) }
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard FileSystem.isPlainName(name) else { throw ModelLocationError.invalidLatest(path: file.url.path, name: name) }
    let checkpoint = run.appendingPathComponent(name)
    guard FileSystem.isDirectory(checkpoint) else {
      throw ModelLocationError.missingCheckpoint(path: file.url.path, name: name)
    }
    return checkpoint
  }

  private static func file(_ url: URL) throws -> ModelLocation {
    let file = try MappedFile(url)
    if file.withBytes({ $0.starts(with: "GGUF".utf8) }) { return .ggufFile(url) }
    if url.pathExtension == "safetensors" { return .safetensorsFile(url) }
    if url.pathExtension == "bin" { return .llama2CFile(url) }
    throw ModelLocationError.unknownFile(path: url.path)
  }
}

/// Why a path names no model.
package enum ModelLocationError: Error, Equatable, Sendable, CustomStringConvertible {
  case notAModel(path: String, entries: [String])
  case invalidLatest(path: String, name: String)
  case missingCheckpoint(path: String, name: String)
  case unknownFile(path: String)

  package var description: String {
    switch self {
    case .notAModel(let path, let entries) where entries.isEmpty:
      "\(path): is empty; expected a model folder (config.json) or a run folder (latest)."
    case .notAModel(let path, let entries):
      "\(path): neither a model folder (config.json) nor a run folder (latest). It contains "
        + entries.prefix(8).map { $0.printable() }.joined(separator: ", ") + (entries.count > 8 ? ", …" : "")
        + ". Name one of its subfolders, or finish the training run first."
    case .invalidLatest(let path, let name):
      "\(path): contains \"\(name.printable(limit: 60))\", expected the name of a checkpoint folder beside it."
    case .missingCheckpoint(let path, let name):
      "\(path): names the checkpoint \(name), which is not there. Name an existing checkpoint folder instead."
    case .unknownFile(let path):
      "\(path): neither a GGUF, a .safetensors nor a llama2.c (.bin) file. Name a model folder, a run folder, or such a file."
    }
  }
}
