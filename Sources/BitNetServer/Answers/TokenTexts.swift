import Inference
import Serving
import Tokenization

/// Tokens as clients see them.
struct TokenTexts: Sendable {
  private let tokenizer: any Tokenizer
  /// They end an answer and are no part of it.
  private let ends: Set<Int32>

  init(_ model: ServedModel, _ options: GenerationOptions) {
    tokenizer = model.tokenizer
    ends = options.stopTokens.union(
      model.runtime.architecture.endOfSequenceTokenIDs.map(Int32.init)
        + [model.tokenizer.endOfSequenceTokenID].compactMap { $0 })
  }

  /// The steps whose tokens belong to the answer.
  func ofAnswer(_ steps: [GenerationState.Step]) -> [GenerationState.Step] { steps.filter { !ends.contains($0.token) } }

  /// May end within a character; of ids that stand for nothing, none.
  func bytes(of token: Int32) -> [UInt8] {
    (try? tokenizer.decodeContinuation(CollectionOfOne(token), skippingSpecialTokens: false)) ?? []
  }

  func text(of token: Int32) -> String { String(decoding: bytes(of: token), as: UTF8.self) }
}
