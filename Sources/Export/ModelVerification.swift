import Architectures
import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

/// Looks at every number of a model and says in sentences what is wrong.
package enum ModelVerification {
  /// - Throws: `StoredModelError` for weights alone, which are no model.
  package static func problems(of location: ModelLocation, i2sLayout: I2SLayout) throws -> [String] {
    switch location {
    case .ggufFile(let url): return problems(ofGGUF: url, i2sLayout: i2sLayout)
    case .folder(let url): return problems(ofFolder: url)
    case .adapter(let url): return problems(ofAdapter: url, i2sLayout: i2sLayout)
    case .llama2CFile(let url): return problems { _ = try StoredModel(url) }
    case .safetensorsFile(let url): throw StoredModelError.weightsAlone(path: url.path)
    }
  }

  /// Of the adapter, and of how it fits its model where that is there.
  private static func problems(ofAdapter url: URL, i2sLayout: I2SLayout) -> [String] {
    var changed: [String] = []
    let unreadable = problems { changed = try CheckpointIntegrity(url)?.problems() ?? [] }
    let opening = problems { _ = try OpenedModel(url.path, i2sLayout: i2sLayout) }
    // Opening complains of changed weights too.
    return changed.isEmpty ? unreadable + opening : changed
  }

  /// What keeps it from being opened.
  private static func problems(_ open: () throws -> Void) -> [String] {
    do {
      try open()
      return []
    } catch let error as AdapterError {
      return error.problems
    } catch {
      return ["\(error)"]
    }
  }

  /// - Parameter i2sLayout: how I2_S is laid out; nothing in the file says so.
  /// - Returns: nothing for a file that this program and others of its architecture run.
  package static func problems(ofGGUF url: URL, i2sLayout: I2SLayout = .blocksOf128) -> [String] {
    do {
      let file = try GGUFFile(url)
      return configurationProblems(file) + TokenizerVerification(file).problems
        + file.tensors.flatMap { numbers($0, file, i2sLayout) }
    } catch {
      return ["\(error)"]
    }
  }

  package static func problems(ofFolder url: URL) -> [String] {
    do {
      let changed = try CheckpointIntegrity(url)?.problems() ?? []
      let folder = try ModelFolder(url)
      var found = try folder.nonFiniteTensors().map { "\($0.name): \($0.count) values are NaN or infinite" }
      if found.isEmpty {
        // Finite masters can be too large for the scale of their codes.
        found = folder.architecture.quantizedParameters.flatMap { parameter in
          problems { _ = try folder.codes(of: parameter) }
        }
      }
      let tokens = try TokenizerFiles.open(folder: url).vocabularySize
      if tokens > folder.architecture.vocabularySize {
        found.append("tokenizer.json has \(tokens) tokens, vocab_size is \(folder.architecture.vocabularySize)")
      }
      return changed + found
    } catch {
      return ["\(error)"]
    }
  }

  private static func configurationProblems(_ file: GGUFFile) -> [String] {
    do {
      _ = try Architecture(gguf: file)
      return []
    } catch let error as ArchitectureError {
      return error.problems
    } catch {
      return ["\(error)"]
    }
  }

  private static func numbers(_ tensor: GGUFTensor, _ file: GGUFFile, _ i2sLayout: I2SLayout) -> [String] {
    do {
      if tensor.type.isTernary {
        let matrix = try file.ternaryCodes(of: tensor, i2sLayout: i2sLayout)
        guard matrix.scale == 0, file[tensor.name.replacing(/\.weight$/, with: ".scale")] == nil else { return [] }
        return ["\(tensor.name): its scale is 0, so all of its weights are"]
      }
      let broken = try file.floats(of: tensor.name).count { !$0.isFinite }
      return broken > 0 ? ["\(tensor.name): \(broken) values are NaN or infinite"] : []
    } catch {
      return ["\(error)"]
    }
  }
}
