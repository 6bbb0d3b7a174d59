import Kernels

/// Logits under the repetition penalty. The tokens that were seen before are few, and a penalised logit is no float:
/// they are kept apart.
struct PenalizedLogits: Sendable {
  /// A logit that the penalty has changed.
  struct Penalized {
    let token: Int
    let logit: Double
  }

  /// −∞ for the penalised tokens.
  private(set) var others: [Float] = []
  private(set) var penalized: [Penalized] = []
  /// The largest logit of all; −∞ where no token can come.
  private(set) var maximum = -Double.infinity

  /// - Throws: `InferenceError.logitNotFinite` for NaN and +∞.
  mutating func update(_ logits: [Float], penalty: Double, history: Set<Int32>) throws {
    penalized.removeAll(keepingCapacity: true)
    others.removeAll(keepingCapacity: true)
    others.append(contentsOf: logits)
    guard let largest = others.withUnsafeBufferPointer(SamplingKernel.largest) else {
      let token = logits.firstIndex { $0.isNaN || $0 == .infinity } ?? 0
      throw InferenceError.logitNotFinite(token: Int32(token), value: logits[token])
    }
    maximum = Double(largest)
    if penalty != 1 { penalize(penalty, history) }
  }

  /// The first of the likeliest tokens.
  var likeliest: Int {
    let other = others.firstIndex { Double($0) == maximum } ?? others.count
    return penalized.reduce(other) { $1.logit == maximum ? min($0, $1.token) : $0 }
  }

  private mutating func penalize(_ penalty: Double, _ history: Set<Int32>) {
    for token in history where others.indices.contains(Int(token)) {
      let logit = Double(others[Int(token)])
      penalized.append(Penalized(token: Int(token), logit: logit > 0 ? logit / penalty : logit * penalty))
      others[Int(token)] = -.infinity
    }
    let largest = others.withUnsafeBufferPointer(SamplingKernel.largest) ?? -.infinity
    maximum = penalized.reduce(Double(largest)) { max($0, $1.logit) }
  }
}
