import Foundation
import Kernels
import ModelFormats
import Tokenization

/// Looks at every number of a model and says in sentences what is wrong.
package enum ModelVerification {
  /// - Returns: nothing for a file that this program and others of its architecture run.
  package static func problems(ofGGUF url: URL) -> [String] {
    do {
      let file = try GGUFFile(url)
      return configurationProblems(file) + TokenizerVerification(file).problems
        + file.tensors.flatMap { numbers($0, file) }
    } catch {
      return ["\(error)"]
    }
  }

  package static func problems(ofFolder url: URL) -> [String] {
    do {
      let folder = try ModelFolder(url)
      var found = try folder.configuration.parameters.compactMap { parameter in
        let broken = try folder.values(of: parameter.name).count { !$0.isFinite }
        return broken > 0 ? "\(parameter.name): \(broken) values are NaN or infinite" : nil
      }
      let tokens = try ByteTokenizer(folder: url).vocabularySize
      if tokens > folder.configuration.vocabularySize {
        found.append("tokenizer.json has \(tokens) tokens, vocab_size is \(folder.configuration.vocabularySize)")
      }
      return found
    } catch {
      return ["\(error)"]
    }
  }

  private static func configurationProblems(_ file: GGUFFile) -> [String] {
    do {
      _ = try ModelConfiguration(gguf: file)
      return []
    } catch let error as ModelConfigurationError {
      return error.problems
    } catch {
      return ["\(error)"]
    }
  }

  private static func numbers(_ tensor: GGUFTensor, _ file: GGUFFile) -> [String] {
    do {
      if tensor.type.isTernary {
        let matrix = try file.ternaryCodes(of: tensor)
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

/// The vocabulary of a GGUF file: keys without which other programs stop or write gibberish.
private struct TokenizerVerification {
  private(set) var problems: [String] = []

  init(_ file: GGUFFile) {
    guard case .string(let model)? = file.metadata["tokenizer.ggml.model"] else {
      problems.append("tokenizer.ggml.model is missing or not a string")
      return
    }
    guard case .array(let array)? = file.metadata["tokenizer.ggml.tokens"], let tokens = array.byteStrings else {
      problems.append("tokenizer.ggml.tokens is missing or not an array of strings")
      return
    }
    let repeated = tokens.count - Set(tokens).count
    if repeated > 0 { problems.append("tokenizer.ggml.tokens: \(repeated) tokens occur more than once") }
    for key in ["token_type", "scores"] {
      guard case .array(let values)? = file.metadata["tokenizer.ggml.\(key)"], values.count != tokens.count
      else { continue }
      problems.append("tokenizer.ggml.\(key) has \(values.count) entries for \(tokens.count) tokens")
    }
    for entry in file.metadata.entries {
      guard entry.key.hasPrefix("tokenizer.ggml."), entry.key.hasSuffix("_token_id") else { continue }
      guard let id = entry.value.integerValue, tokens.indices.contains(id) else {
        problems.append("\(entry.key) names no token of the \(tokens.count)")
        continue
      }
    }
    if model == "gpt2" { checkBytePairs(file) }
    if let name = file.metadata["general.architecture"], case .string(let prefix) = name,
      let size = file.metadata["\(prefix).vocab_size"]?.integerValue, size != tokens.count
    {
      problems.append("\(prefix).vocab_size is \(size), tokenizer.ggml.tokens has \(tokens.count) entries")
    }
  }

  private mutating func checkBytePairs(_ file: GGUFFile) {
    if file.metadata["tokenizer.ggml.merges"] == nil { problems.append("tokenizer.ggml.merges is missing") }
    if file.metadata["tokenizer.ggml.pre"] == nil {
      problems.append("tokenizer.ggml.pre is missing; other programs then guess how to split text")
    }
    if file.metadata["tokenizer.ggml.eos_token_id"] == nil {
      problems.append("tokenizer.ggml.eos_token_id is missing; other programs then end texts at token 11")
    }
  }
}
