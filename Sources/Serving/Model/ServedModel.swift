import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

/// A model with all that it takes to talk with it.
public struct ServedModel: Sendable {
  public let runtime: RuntimeModel
  public let tokenizer: any Tokenizer
  /// nil for models that come without.
  public let chatTemplate: ChatTemplate?
  /// Stands for everything that decides which text a prompt gets: weights, adapter, tokenizer.
  public let fingerprint: String
  /// What an operator should know of the files it came from.
  public let notes: [String]
  private let vocabularyBox = VocabularyBox()

  public init(
    runtime: RuntimeModel, tokenizer: any Tokenizer, chatTemplate: ChatTemplate? = nil, fingerprint: String,
    notes: [String] = []
  ) {
    self.runtime = runtime
    self.tokenizer = tokenizer
    self.chatTemplate = chatTemplate
    self.fingerprint = fingerprint
    self.notes = notes
  }

  /// The texts of the vocabulary, for constraints of answers. Made when it is needed first.
  public var vocabulary: VocabularyTrie { vocabularyBox.trie(of: tokenizer) }

  /// Loads a model, or the model of an adapter, laid out for several sequences at a time.
  /// - Throws: what is wrong with the files, by name.
  public init(path: String, adapter: String? = nil) throws { try self.init(OpenedModel(path, adapter: adapter)) }

  package init(_ opened: OpenedModel) throws {
    var hash = SHA256()
    hash.update(try opened.weights.weightsFingerprint())
    if let adapter = opened.adapter {
      for parameter in adapter.factors.keys.sorted() {
        guard let factors = adapter.factors[parameter] else { continue }
        hash.update("\(parameter) \(factors.rank) \(factors.scale) \(adapter.configuration.placement)")
        for values in [try adapter.a(factors), try adapter.b(factors, on: opened.architecture)] {
          values.withUnsafeBytes { hash.update($0) }
        }
      }
    }
    let tokenizer = try opened.tokenizer()
    hash.update(tokenizer.fingerprint)
    self.init(
      runtime: try opened.runtime(expecting: .several), tokenizer: tokenizer, chatTemplate: try opened.chatTemplate(),
      fingerprint: hash.hexadecimal, notes: opened.notes)
  }
}

/// Copies of a model share what is made once.
private final class VocabularyBox: Sendable {
  private let made = SystemMutex<VocabularyTrie?>(nil)

  func trie(of tokenizer: some Tokenizer) -> VocabularyTrie {
    made.withLock { made in
      let trie = made ?? VocabularyTrie(tokenizer)
      made = trie
      return trie
    }
  }
}
