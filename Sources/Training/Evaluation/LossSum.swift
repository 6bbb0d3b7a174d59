import Foundation

/// The summed loss of a number of target tokens, or of pairs of answers: what training steps, log intervals and
/// evaluations measure.
public struct LossSum: Codable, Equatable, Sendable {
  /// The loss of all tokens, or of all pairs, together; for tokens it is the negative log-likelihood.
  public var nats: Double
  public var tokens: Int
  /// Bytes of text that the tokens stand for.
  public var bytes: Int
  /// Pairs of answers that the loss is a sum over; 0: it is a sum over tokens.
  public var pairs: Int
  /// Sums over the pairs of what else is measured of them, such as the margin of the rewards.
  public var measures: [String: Double]

  public init(nats: Double = 0, tokens: Int = 0, bytes: Int = 0, pairs: Int = 0, measures: [String: Double] = [:]) {
    self.nats = nats
    self.tokens = tokens
    self.bytes = bytes
    self.pairs = pairs
    self.measures = measures
  }

  /// Per token, or per pair.
  public var mean: Double { nats / Double(isPreference ? pairs : tokens) }

  /// Whether it is a loss of pairs, of which perplexity and bits per byte do not exist.
  public var isPreference: Bool { pairs > 0 }

  public var natsPerToken: Double { nats / Double(tokens) }

  public var perplexity: Double { exp(natsPerToken) }

  /// Independent of the tokenizer, hence comparable between models.
  public var bitsPerByte: Double { nats / log(2) / Double(bytes) }

  /// The measures per pair, by name.
  public var meanMeasures: [(name: String, value: Double)] {
    measures.sorted { $0.key < $1.key }.map { ($0.key, $0.value / Double(pairs)) }
  }

  public static func += (left: inout LossSum, right: LossSum) {
    left.nats += right.nats
    left.tokens += right.tokens
    left.bytes += right.bytes
    left.pairs += right.pairs
    left.measures.merge(right.measures, uniquingKeysWith: +)
  }
}
