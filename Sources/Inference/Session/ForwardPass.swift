import Kernels

/// Sends tokens of one or several sequences through the layers of a model together, so that every weight is read once for
/// all of them.
///
/// A row has the same bits in every company: logits do not depend on what else is computed with them, nor on the parts
/// in which a prompt comes. Not for use by two threads at a time.
public final class ForwardPass {
  /// The positions whose logits are wanted; the product with the head is made for these alone.
  public enum WantedLogits: Sendable {
    case none
    /// After the last token.
    case last
    /// After each token.
    case all
  }

  /// Tokens that are appended to a sequence.
  public struct Segment {
    public let sequence: SequenceState
    public let tokens: ArraySlice<Int32>
    public let logits: WantedLogits

    public init(_ sequence: SequenceState, appending tokens: ArraySlice<Int32>, logits: WantedLogits = .last) {
      (self.sequence, self.tokens, self.logits) = (sequence, tokens, logits)
    }
  }

  public let model: RuntimeModel
  private let scratch: ForwardScratch

  /// Enough to reuse every weight many times.
  public static let defaultRowCapacity = 256

  /// - Parameter rowCapacity: so many rows go through the layers at once, more of them one part after the other.
  public init(_ model: RuntimeModel, rowCapacity: Int = ForwardPass.defaultRowCapacity) {
    require(rowCapacity > 0, "a forward pass of \(rowCapacity) rows")
    self.model = model
    scratch = ForwardScratch(model.architecture, rowCapacity: rowCapacity)
  }

  /// Bytes that a pass needs besides weights and sequences.
  package static func workingBytes(_ model: RuntimeModel, rowCapacity: Int) -> Int {
    ForwardScratch.byteCount(model.architecture, rowCapacity: rowCapacity)
  }

  /// Appends the tokens of every segment to its sequence.
  /// - Parameter segments: of different sequences of this model.
  /// - Returns: the logits that are wanted, in the order of the segments and their tokens, [wanted, vocabulary].
  /// - Throws: `InferenceError`; all sequences are then as they were before.
  public func append(_ segments: [Segment]) throws -> [Float] {
    for segment in segments {
      require(segment.sequence.model === model, "a sequence of another model")
      try segment.sequence.check(segment.tokens, behind: segment.sequence.position)
    }
    let sequences = Set(segments.map { ObjectIdentifier($0.sequence) })
    require(sequences.count == segments.count, "two segments of one sequence in a forward pass")
    var logits: [Float] = []
    for part in BatchPart.parts(of: segments, rowCapacity: scratch.rowCapacity) {
      run(part)
      let found = self.logits(part)
      // One part is the rule, and then nothing is copied.
      if logits.isEmpty { logits = found } else { logits += found }
    }
    return logits
  }

  /// Leaves the final hidden states in the scratch memory.
  private func run(_ part: BatchPart) {
    var lastPosition = 0
    for piece in part.pieces {
      let first = piece.sequence.position
      for (index, token) in piece.tokens.enumerated() {
        let row = piece.row + index
        model.embedding.copyRow(Int(token), into: scratch.hidden + row * model.architecture.hiddenSize)
        scratch.positions[row] = Int32(first + index)
      }
      lastPosition = max(lastPosition, first + piece.tokens.count)
    }
    let rotary = model.rotary(positions: lastPosition)
    for (index, layer) in model.layers.enumerated() {
      let attention = AttentionBatch(
        part.pieces.map { piece in
          AttentionBatch.Segment(
            piece.sequence.cache(ofLayer: index), first: piece.sequence.position, count: piece.tokens.count,
            row: piece.row)
        })
      layer.forward(scratch, rows: part.rowCount, attention: attention, rotary: rotary)
    }
    for piece in part.pieces { piece.sequence.append(piece.tokens) }
  }

  private func logits(_ part: BatchPart) -> [Float] {
    let wanted = part.wantedRows
    guard !wanted.isEmpty else { return [] }
    let width = model.architecture.hiddenSize
    // Rows move up, never beyond one that is still to move.
    for (place, row) in wanted.enumerated() where place != row {
      (scratch.hidden + place * width).update(from: scratch.hidden + row * width, count: width)
    }
    let rows = scratch.normalized(scratch.hidden, by: model.finalNorm, rows: wanted.count, for: [model.head])
    let total = wanted.count * model.vocabularySize
    return [Float](unsafeUninitializedCapacity: total) { buffer, initialized in
      if let address = buffer.baseAddress { model.head.multiply(rows, into: address) }
      initialized = total
    }
  }
}
