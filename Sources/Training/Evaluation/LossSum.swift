import Foundation

/// The summed loss of a number of target tokens: what training steps, log intervals and evaluations measure.
public struct LossSum: Codable, Equatable, Sendable {
  /// The negative log-likelihood of all tokens together.
  public var nats: Double
  public var tokens: Int
  /// Bytes of text that the tokens stand for.
  public var bytes: Int

  public init(nats: Double = 0, tokens: Int = 0, bytes: Int = 0) {
    self.nats = nats
    self.tokens = tokens
    self.bytes = bytes
  }

  public var natsPerToken: Double { nats / Double(tokens) }

  public var perplexity: Double { exp(natsPerToken) }

  /// Independent of the tokenizer, hence comparable between models.
  public var bitsPerByte: Double { nats / log(2) / Double(bytes) }

  public static func += (left: inout LossSum, right: LossSum) {
    left.nats += right.nats
    left.tokens += right.tokens
    left.bytes += right.bytes
  }
}
