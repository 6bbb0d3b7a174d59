import Kernels

/// Logits under penalties and bias. The tokens that these concern are few, and an adjusted logit is no float: they are
/// kept apart.
struct AdjustedLogits: Sendable {
  /// [vocabulary], −∞ for the adjusted tokens.
  private(set) var others: [Float] = []
  /// The tokens whose logits have changed, in ascending order, and these logits.
  private(set) var adjustedTokens: [Int32] = []
  private(set) var adjusted: [Double] = []
  /// The largest logit of all; −∞ where no token can come.
  private(set) var maximum = -Double.infinity
  private var blockMaxima: [Float] = []
  private var sortedMaxima: [Float] = []

  /// - Throws: `InferenceError.logitNotFinite` for NaN and +∞.
  mutating func update(_ logits: [Float], _ options: SamplingOptions, history: TokenHistory) throws {
    adjustedTokens.removeAll(keepingCapacity: true)
    adjusted.removeAll(keepingCapacity: true)
    if options.changesLogits {
      others.removeAll(keepingCapacity: true)
      others.append(contentsOf: logits)
    } else {
      others = logits
    }
    guard findLargest() else {
      let token = logits.firstIndex { $0.isNaN || $0 == .infinity } ?? 0
      throw InferenceError.logitNotFinite(token: Int32(token), value: logits[token])
    }
    guard options.changesLogits else { return }
    for token in history.tokensChanged(by: options) where others.indices.contains(Int(token)) {
      adjustedTokens.append(token)
      adjusted.append(history.adjusted(others[Int(token)], of: token, options))
      others[Int(token)] = -.infinity
    }
    _ = findLargest()
    maximum = adjusted.reduce(maximum, max)
  }

  private mutating func findLargest() -> Bool {
    let blocks = SamplingKernel.blockCount(others.count)
    if blockMaxima.count != blocks { blockMaxima = [Float](repeating: 0, count: blocks) }
    let isFinite = others.withUnsafeBufferPointer {
      SamplingKernel.findLargest($0, blockMaxima: &blockMaxima)
    }
    maximum = Double(blockMaxima.max() ?? -.infinity)
    return isFinite
  }

  /// The first of the likeliest tokens.
  var likeliest: Int32 {
    let other = others.firstIndex { Double($0) == maximum } ?? others.count
    return zip(adjustedTokens, adjusted).reduce(Int32(other)) { $1.1 == maximum ? min($0, $1.0) : $0 }
  }

  /// Some tokens, among them the `count` likeliest, with their logits.
  ///
  /// The `count`th largest of the blocks' maxima is a bound that so many logits reach, and only blocks with such a
  /// maximum are looked at.
  /// - Returns: false, where these are more than `limit`: there are many equal ones, or all in a few blocks.
  mutating func findLikeliest(_ count: Int, atMost limit: Int, tokens: inout [Int32], logits: inout [Double]) -> Bool {
    guard count <= blockMaxima.count, count <= limit else { return false }
    sortedMaxima.removeAll(keepingCapacity: true)
    sortedMaxima.append(contentsOf: blockMaxima)
    sortedMaxima.sort(by: >)
    let bound = sortedMaxima[count - 1]
    guard bound > -.infinity else { return false }
    tokens.removeAll(keepingCapacity: true)
    logits.removeAll(keepingCapacity: true)
    for (block, maximum) in blockMaxima.enumerated() where maximum >= bound {
      let first = block * SamplingKernel.blockSize
      for token in first..<min(first + SamplingKernel.blockSize, others.count) where others[token] >= bound {
        guard tokens.count < limit else { return false }
        tokens.append(Int32(token))
        logits.append(Double(others[token]))
      }
    }
    for (token, logit) in zip(adjustedTokens, adjusted) where logit >= Double(bound) {
      tokens.append(token)
      logits.append(logit)
    }
    return true
  }
}
