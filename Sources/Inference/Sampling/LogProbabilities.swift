import Foundation
import Kernels

/// How likely a model finds a token.
public struct TokenLogProbability: Equatable, Sendable {
  public let token: Int32
  /// The natural logarithm of the probability.
  public let logProbability: Double
}

/// The log-probabilities of a drawn token and of the likeliest ones in its place.
///
/// They are the model's own: the log-softmax of the raw logits, at temperature 1, before penalties, bias, filters and
/// the constraint of an answer. So a token that those favour may be unlikely here, and one that they exclude may be among the
/// likeliest.
public struct DrawnLogProbabilities: Equatable, Sendable {
  public let drawn: TokenLogProbability
  /// The likeliest tokens, ties in the order of their ids.
  public let likeliest: [TokenLogProbability]

  /// - Parameters:
  ///   - logits: [vocabulary], none of them NaN or +∞.
  ///   - count: how many of the likeliest are wanted.
  public init(of token: Int32, logits: [Float], likeliest count: Int = 0) {
    require(logits.indices.contains(Int(token)), "token \(token) of \(logits.count)")
    let maximum = Double(logits.max() ?? 0)
    let logSum = maximum + log(logits.reduce(0.0) { $0 + exp(Double($1) - maximum) })
    func entry(_ token: Int32) -> TokenLogProbability {
      TokenLogProbability(token: token, logProbability: Double(logits[Int(token)]) - logSum)
    }
    drawn = entry(token)
    likeliest = Self.likeliest(count, of: logits).map(entry)
  }

  /// Keeps a short sorted list: few logits are larger than its last one.
  private static func likeliest(_ count: Int, of logits: [Float]) -> [Int32] {
    guard count > 0 else { return [] }
    var list: [Int32] = []
    for (token, logit) in logits.enumerated() where list.count < count || logit > logits[Int(list[count - 1])] {
      let place = list.firstIndex { logits[Int($0)] < logit } ?? list.count
      list.insert(Int32(token), at: place)
      if list.count > count { list.removeLast() }
    }
    return list
  }
}
