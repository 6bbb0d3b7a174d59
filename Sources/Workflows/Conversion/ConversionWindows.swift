import Autograd
import Models

/// The text that a conversion measures on: one half for the gains of new norms, the other to compare models.
struct ConversionWindows {
  typealias Window = (inputs: [Int32], targets: [Int32])

  let forGains: [Window]
  private let compared: [Window]

  /// A text of one window serves for both.
  /// - Throws: `ConversionError.noText`.
  init(_ windows: [Window], path: String) throws {
    let windows = windows.filter { !$0.inputs.isEmpty }
    guard !windows.isEmpty else { throw ConversionError.noText(path: path) }
    forGains = windows.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
    compared = windows.count > 1 ? windows.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element) : windows
  }

  var gainTokenCount: Int { forGains.reduce(0) { $0 + $1.inputs.count } }
  var comparedTokenCount: Int { compared.reduce(0) { $0 + $1.inputs.count } }

  /// Two models on the same tokens.
  struct Comparison {
    /// Nats per token.
    var before = 0.0
    var after = 0.0
    var maximumLogitDifference: Float = 0
    var rootMeanSquareLogitDifference = 0.0
    /// Tokens whose likeliest successor is the same.
    var agreeing = 0
  }

  func compare(_ original: Decoder, _ other: Decoder) -> Comparison {
    var result = Comparison(before: loss(original), after: loss(other))
    var (sum, count) = (0.0, 0)
    forEachRow(original, other) { left, right in
      var (bestLeft, bestRight) = (0, 0)
      for place in left.indices {
        let difference = abs(left[place] - right[place])
        result.maximumLogitDifference = difference.isNaN ? .infinity : max(result.maximumLogitDifference, difference)
        sum += Double(difference) * Double(difference)
        if left[place] > left[bestLeft] { bestLeft = place }
        if right[place] > right[bestRight] { bestRight = place }
      }
      if bestLeft == bestRight { result.agreeing += 1 }
      count += left.count
    }
    result.rootMeanSquareLogitDifference = (sum / Double(max(1, count))).squareRoot()
    return result
  }

  /// Calls `body` with the logits of both models for every token.
  private func forEachRow(
    _ left: Decoder, _ right: Decoder, _ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void
  ) {
    withoutGradients {
      for window in compared {
        let hidden = (left.states(of: window.inputs), right.states(of: window.inputs))
        let width = left.architecture.hiddenSize
        // The logits of a whole window of a large vocabulary take gigabytes.
        for first in stride(from: 0, to: window.inputs.count, by: Self.rowsAtOnce) {
          let count = min(Self.rowsAtOnce, window.inputs.count - first)
          func logits(_ model: Decoder, _ states: [Float]) -> Tensor {
            model.logits(hidden: Tensor(Array(states[first * width..<(first + count) * width]), shape: [count, width]))
          }
          let vocabulary = left.architecture.vocabularySize
          logits(left, hidden.0).withFloats { left in
            logits(right, hidden.1).withFloats { right in
              for row in 0..<count {
                let range = row * vocabulary..<(row + 1) * vocabulary
                body(UnsafeBufferPointer(rebasing: left[range]), UnsafeBufferPointer(rebasing: right[range]))
              }
            }
          }
        }
      }
    }
  }

  private static let rowsAtOnce = 64

  /// Nats per token.
  func loss(_ model: Decoder) -> Double {
    withoutGradients {
      let total = compared.reduce(0.0) { total, window in
        let losses = model.tokenLosses(tokens: window.inputs, targets: window.targets, length: window.inputs.count)
        return total + losses.scalars.reduce(0) { $0 + Double($1) }
      }
      return total / Double(comparedTokenCount)
    }
  }
}

extension Decoder {
  fileprivate func states(of tokens: [Int32]) -> [Float] { hiddenStates(tokens: tokens, length: tokens.count).scalars }
}
