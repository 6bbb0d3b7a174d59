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
  let w = weight.float32.contiguous
  return headCrossEntropy(hidden, .tensor(w.detached), trained: w, targets: targets)
}

/// The same with a head that is not trained.
public func headCrossEntropy(hidden: Tensor, table: FrozenTable, targets: [Int32]) -> Tensor {
  headCrossEntropy(hidden, .table(table), trained: nil, targets: targets)
}

private func headCrossEntropy(
  _ hidden: Tensor, _ weight: HeadWeight, trained: Tensor?, targets: [Int32]
) -> Tensor {
  let (rows, logitsShape) = LinearShape.check(hidden.shape, weight.shape)
  CrossEntropyTargets.check(targets, rows: rows, classes: weight.shape[0], shape: logitsShape)
  let x = hidden.float32.contiguous
  let (losses, logSums) = (Tensor(uninitialized: [rows]), Tensor(uninitialized: [rows]))
  let head = HeadChunks(hidden: x.detached, weight: weight)
  head.forEachChunk { rows, logits in
    targets.withUnsafeBufferPointer { targets in
      CrossEntropyKernel.forward(
        logits: logits, rows: rows.count, columns: head.vocabulary, targets: targets.baseAddress! + rows.lowerBound,
        losses: losses.floats + rows.lowerBound, logSums: logSums.floats + rows.lowerBound)
    }
  }
  return losses.recorded(
    from: [x] + (trained.map { [$0] } ?? []),
    by: HeadCrossEntropyBackward(head: head, targets: targets, logSums: logSums))
}

/// What a head multiplies by, [vocabulary, width].
private enum HeadWeight {
  /// float32, contiguous.
  case tensor(Tensor)
  case table(FrozenTable)

  var shape: Shape {
    switch self {
    case .tensor(let tensor): tensor.shape
    case .table(let table): table.shape
    }
  }
}

/// dlogits = (softmax − one-hot)·dloss, dhidden = dlogits·W, dW = dlogitsᵀ·hidden, with the logits computed again
/// when there are many.
/// Saves hidden, weight and log Σ exp of each row.
private struct HeadCrossEntropyBackward: BackwardOperation {
  let head: HeadChunks
  let targets: [Int32]
  let logSums: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let vocabulary = head.vocabulary
    let dhidden = Tensor(uninitialized: head.hidden.shape)
    // Without rows there is no chunk to write it.
    let dweight =
      !head.isTrained
      ? nil : targets.isEmpty ? Tensor.zeros(head.weight.shape) : Tensor(uninitialized: head.weight.shape)
    head.forEachChunk { rows, logits in
      let first = rows.lowerBound
      targets.withUnsafeBufferPointer { targets in
        CrossEntropyKernel.backward(
          logits: logits, rows: rows.count, columns: vocabulary, targets: targets.baseAddress! + first,
          logSums: logSums.floats + first, lossGradients: outputGradient.floats + first)
      }
      head.writeHiddenGradient(logits, rows, to: dhidden)
      if let dweight { head.addWeightGradient(logits, rows, to: dweight) }
    }
    inputs.add(dhidden, to: 0)
    if let dweight { inputs.add(dweight, to: 1) }
  }
}

/// The logits of a head, a chunk of rows at a time; a single chunk is kept for the backward pass.
private final class HeadChunks {
  /// [rows, width]
  let hidden: Tensor
  let weight: HeadWeight
  private var kept: Tensor?

  init(hidden: Tensor, weight: HeadWeight) {
    (self.hidden, self.weight) = (hidden, weight)
  }

  var width: Int { weight.shape[1] }
  var vocabulary: Int { weight.shape[0] }

  var isTrained: Bool {
    if case .tensor = weight { true } else { false }
  }

  /// Bounds the logits in memory; large enough for efficient matrix products.
  private static let logitsPerChunk = 1 << 20

  func forEachChunk(_ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
    let rows = hidden.shape.rowCount
    if let logits = kept {
      kept = nil
      return body(0..<rows, logits.floats)
    }
    let chunk = min(rows, max(64, Self.logitsPerChunk / max(1, vocabulary)))
    let multiply = product()
    let logits = Tensor(uninitialized: [chunk, vocabulary])
    for first in stride(from: 0, to: rows, by: max(1, chunk)) {
      let range = first..<min(first + chunk, rows)
      multiply(hidden.floats + first * width, range.count, logits.floats)
      body(range, logits.floats)
    }
    if chunk == rows && rows > 0 { kept = logits }
  }

  private func product() -> (UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void {
    switch weight {
    case .tensor(let tensor):
      let panels = PanelMatrix(tensor.floats, rows: vocabulary, columns: width)
      return { panels.multiply($0, inputRows: $1, into: $2) }
    case .table(let table): return { table.matrix.multiply($0, inputRows: $1, into: $2) }
    }
  }

  func writeHiddenGradient(_ logits: UnsafePointer<Float>, _ rows: Range<Int>, to dhidden: Tensor) {
    let destination = dhidden.floats + rows.lowerBound * width
    switch weight {
    case .tensor(let tensor):
      FloatMatmul.multiply(
        m: rows.count, n: width, k: vocabulary, a: logits, lda: vocabulary, b: tensor.floats, ldb: width,
        c: destination, ldc: width)
    case .table(let table):
      table.addInputGradient(logits, rows: rows.count, to: destination, isFirst: true)
    }
  }

  func addWeightGradient(_ logits: UnsafePointer<Float>, _ rows: Range<Int>, to dweight: Tensor) {
    FloatMatmul.multiply(
      m: vocabulary, n: width, k: rows.count, a: logits, lda: vocabulary, transposeA: true,
      b: hidden.floats + rows.lowerBound * width, ldb: width, beta: rows.lowerBound == 0 ? 0 : 1, c: dweight.floats,
      ldc: width)
  }
}
