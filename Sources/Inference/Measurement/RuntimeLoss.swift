import Kernels

extension RuntimeModel {
  /// The loss of every target token, in nats, with the bits that training would compute.
  /// - Parameters:
  ///   - session: of this model; begins anew.
  ///   - inputs: one window of tokens.
  ///   - targets: the token that follows each of them.
  /// - Throws: `InferenceError`.
  package func losses(_ session: InferenceSession, inputs: [Int32], targets: [Int32]) throws -> [Float] {
    session.reset()
    return losses(ofLogits: try session.prefillAllPositions(inputs), targets: targets)
  }

  /// The same from the logits [targets.count, vocabularySize] of the window.
  package func losses(ofLogits logits: [Float], targets: [Int32]) -> [Float] {
    require(
      logits.count == targets.count * vocabularySize,
      "\(logits.count) logits for \(targets.count) targets out of \(vocabularySize)")
    var losses = [Float](repeating: 0, count: targets.count)
    var logSums = losses
    logits.withUnsafeBufferPointer { logits in
      losses.withUnsafeMutableBufferPointer { losses in
        logSums.withUnsafeMutableBufferPointer { logSums in
          guard let values = logits.baseAddress, let losses = losses.baseAddress, let logSums = logSums.baseAddress
          else { return }
          CrossEntropyKernel.forward(
            logits: values, rows: targets.count, columns: vocabularySize, targets: targets, losses: losses,
            logSums: logSums)
        }
      }
    }
    return losses
  }
}
