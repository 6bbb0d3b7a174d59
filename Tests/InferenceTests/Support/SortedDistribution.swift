import Foundation
import Inference

/// What `TokenDistribution` is to agree with: everything is sorted and summed in the plainest way.
struct SortedDistribution {
  private(set) var candidates: [(token: Int32, weight: Double)]

  init(_ logits: [Float], _ options: SamplingOptions, history: TokenHistory) {
    var scores = logits.map(Double.init)
    for token in scores.indices.map(Int32.init) {
      var score = scores[Int(token)]
      if history.tokens.contains(token) {
        score = score > 0 ? score / options.repetitionPenalty : score * options.repetitionPenalty
      }
      if let count = history.generatedCounts[token] {
        score -= options.presencePenalty + options.frequencyPenalty * Double(count)
      }
      scores[Int(token)] = score + (options.logitBias[token] ?? 0)
    }
    let maximum = scores.max() ?? 0
    guard options.temperature > 0, maximum > -.infinity else {
      candidates = [(Int32(scores.firstIndex(of: maximum) ?? 0), 1)]
      return
    }
    candidates = scores.enumerated().map { (Int32($0), exp(($1 - maximum) / options.temperature)) }
    if let topK = options.topK, topK < candidates.count {
      sort()
      candidates.removeLast(candidates.count - topK)
    }
    if let topP = options.topP, topP < 1 {
      let target = topP * mass
      sort()
      var sum = 0.0
      let last = candidates.firstIndex { candidate in
        sum += candidate.weight
        return sum >= target
      }
      if let last { candidates.removeLast(candidates.count - last - 1) }
    }
    if let minP = options.minP { candidates.removeAll { $0.weight < minP } }
  }

  func token(at uniform: Double) -> Int32 {
    var rest = uniform * mass
    for candidate in candidates {
      rest -= candidate.weight
      if rest < 0 { return candidate.token }
    }
    return candidates.last { $0.weight > 0 }?.token ?? candidates[0].token
  }

  private var mass: Double { candidates.reduce(0) { $0 + $1.weight } }

  private mutating func sort() { candidates.sort { ($0.weight, $1.token) > ($1.weight, $0.token) } }
}
