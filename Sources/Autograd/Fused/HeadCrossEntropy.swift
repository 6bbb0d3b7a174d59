import Kernels

/// Cross-entropy of a language-model head, fused with the head's matrix product: logits of a few rows at a time, so
/// that rows × vocabulary never lies in memory at once unless it is small.
///
/// - Parameters:
///   - hidden: [rows, width].
///   - weight: [vocabulary, width], e.g. the tied embedding.
///   - targets: one token per row, or negative: that row has loss 0 and no gradient.
/// - Returns: nats per row, [rows].
public func headCrossEntropy(hidden: Tensor, weight: Tensor, targets: [Int32]) -> Tensor {
  let (rows, logitsShape) = LinearShape.check(hidden.shape, weight.shape)
  CrossEntropyTargets.check(targets, rows: rows, classes: weight.shape[0], shape: logitsShape)
  let (x, w) = (hidden.float32.contiguous, weight.float32.contiguous)
  let (losses, logSums) = (Tensor(uninitialized: [rows]), Tensor(uninitialized: [rows]))
  let head = HeadChunks(hidden: x.detached, weight: w.detached)
  head.forEachChunk { rows, logits in
    targets.withUnsafeBufferPointer { targets in
      CrossEntropyKernel.forward(
        logits: logits, rows: rows.count, columns: head.vocabulary, targets: targets.baseAddress! + rows.lowerBound,
        losses: losses.floats + rows.lowerBound, logSums: logSums.floats + rows.lowerBound)
    }
  }
  return losses.recorded(
    from: x, w, by: HeadCrossEntropyBackward(head: head, targets: targets, logSums: logSums))
}

/// dlogits = (softmax − one-hot)·dloss, dhidden = dlogits·W, dW = dlogitsᵀ·hidden, with the logits computed again
/// when there are many.
/// Saves hidden, weight and log Σ exp of each row.
private struct HeadCrossEntropyBackward: BackwardOperation {
  let head: HeadChunks
  let targets: [Int32]
  let logSums: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let (width, vocabulary) = (head.width, head.vocabulary)
    let dhidden = Tensor(uninitialized: head.hidden.shape)
    // Without rows there is no chunk to write it.
    let dweight = targets.isEmpty ? Tensor.zeros(head.weight.shape) : Tensor(uninitialized: head.weight.shape)
    head.forEachChunk { rows, logits in
      let first = rows.lowerBound
      targets.withUnsafeBufferPointer { targets in
        CrossEntropyKernel.backward(
          logits: logits, rows: rows.count, columns: vocabulary, targets: targets.baseAddress! + first,
          logSums: logSums.floats + first, lossGradients: outputGradient.floats + first)
      }
      FloatMatmul.multiply(
        m: rows.count, n: width, k: vocabulary, a: logits, lda: vocabulary, b: head.weight.floats, ldb: width,
        c: dhidden.floats + first * width, ldc: width)
      FloatMatmul.multiply(
        m: vocabulary, n: width, k: rows.count, a: logits, lda: vocabulary, transposeA: true,
        b: head.hidden.floats + first * width, ldb: width, beta: first == 0 ? 0 : 1, c: dweight.floats, ldc: width)
    }
    inputs.add(dhidden, to: 0)
    inputs.add(dweight, to: 1)
  }
}

/// The logits of a head, a chunk of rows at a time; a single chunk is kept for the backward pass.
private final class HeadChunks {
  /// [rows, width]
  let hidden: Tensor
  /// [vocabulary, width]
  let weight: Tensor
  private var kept: Tensor?

  init(hidden: Tensor, weight: Tensor) {
    (self.hidden, self.weight) = (hidden, weight)
  }

  var width: Int { weight.shape[1] }
  var vocabulary: Int { weight.shape[0] }

  /// Bounds the logits in memory; large enough for efficient matrix products.
  private static let logitsPerChunk = 1 << 20

  func forEachChunk(_ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
    let rows = hidden.shape.rowCount
    if let logits = kept {
      kept = nil
      return body(0..<rows, logits.floats)
    }
    let chunk = min(rows, max(64, Self.logitsPerChunk / max(1, vocabulary)))
    let panels = PanelMatrix(weight.floats, rows: vocabulary, columns: width)
    let logits = Tensor(uninitialized: [chunk, vocabulary])
    for first in stride(from: 0, to: rows, by: max(1, chunk)) {
      let range = first..<min(first + chunk, rows)
      panels.multiply(hidden.floats + first * width, inputRows: range.count, into: logits.floats)
      body(range, logits.floats)
    }
    if chunk == rows && rows > 0 { kept = logits }
  }
}
