import FileFormats
import Foundation
import Inference
import Tokenization

/// How a model goes on with a text, piece by piece as it is generated.
func continueText(_ prompt: String, modelFolder: URL, maximumNewTokens: Int) async throws -> String {
  let model = try RuntimeModel(folder: modelFolder)  // or RuntimeModel(gguf: GGUFFile(url))
  let tokenizer = try TokenizerFiles.open(folder: modelFolder)
  let generation = try Generation(
    prompt: tokenizer.encode(prompt), session: InferenceSession(model), tokenizer: tokenizer,
    options: GenerationOptions(maximumNewTokens: maximumNewTokens))
  var text = ""
  for try await piece in generation.pieces { text += piece }
  return text
}
