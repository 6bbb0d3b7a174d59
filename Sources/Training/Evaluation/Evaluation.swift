import Foundation

/// The quality of a model on a fixed text.
public struct Evaluation: Equatable, Sendable {
  /// The summed negative log-likelihood of all target tokens.
  public let nats: Double
  public let tokens: Int
  /// Bytes of text that the target tokens stand for.
  public let bytes: Int

  public init(nats: Double, tokens: Int, bytes: Int) {
    self.nats = nats
    self.tokens = tokens
    self.bytes = bytes
  }

  public var natsPerToken: Double { nats / Double(tokens) }

  public var perplexity: Double { exp(natsPerToken) }

  /// Independent of the tokenizer, hence comparable between models.
  public var bitsPerByte: Double { nats / log(2) / Double(bytes) }
}
