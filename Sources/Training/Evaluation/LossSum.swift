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
  /// Sums over the pairs, or over the tokens, of what else is measured, such as the margin of rewards.
  public var measures: [String: Double]

  /// Of nothing yet.
  public init() { self.init(nats: 0, tokens: 0, bytes: 0) }

  public init(nats: Double, tokens: Int, bytes: Int, pairs: Int = 0, measures: [String: Double] = [:]) {
    self.nats = nats
    self.tokens = tokens
    self.bytes = bytes
    self.pairs = pairs
    self.measures = measures
  }

  /// Per token, or per pair.
  public var mean: Double { nats / Double(terms) }

  /// What the loss is a sum over.
  private var terms: Int { isPreference ? pairs : tokens }

  /// Whether it is a loss of pairs, of which perplexity and bits per byte do not exist.
  public var isPreference: Bool { pairs > 0 }

  public var natsPerToken: Double { nats / Double(tokens) }

  public var perplexity: Double { exp(natsPerToken) }

  /// Independent of the tokenizer, hence comparable between models. The bits are those of all target tokens, special
  /// ones included; the bytes those of the text that they stand for.
  public var bitsPerByte: Double { nats / log(2) / Double(bytes) }

  /// nil for a loss of pairs, and where no token stands for text.
  public var bitsPerByteOfText: Double? { isPreference || bytes == 0 ? nil : bitsPerByte }

  /// The measures per pair or per token, by name.
  public var meanMeasures: [(name: String, value: Double)] {
    measures.sorted { $0.key < $1.key }.map { ($0.key, $0.value / Double(terms)) }
  }

  public static func += (left: inout LossSum, right: LossSum) {
    left.nats += right.nats
    left.tokens += right.tokens
    left.bytes += right.bytes
    left.pairs += right.pairs
    left.measures.merge(right.measures, uniquingKeysWith: +)
  }
}
