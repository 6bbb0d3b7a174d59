import Kernels

/// The rotation angles of rotary position embeddings (arXiv 2104.09864), rotate-half form, for a range of positions.
public struct RotaryEmbedding {
  let table: RotaryPositions

  /// - Parameters:
  ///   - headDimension: even.
  ///   - positionCount: positions 0 ..< positionCount can be rotated to.
  ///   - theta: the base of the frequencies.
  ///   - scaling: what is done to them for long contexts.
  public init(headDimension: Int, positionCount: Int, theta: Double, scaling: RotaryScaling = .none) {
    self.init(
      inverseFrequencies: scaling.inverseFrequencies(headDimension: headDimension, theta: theta),
      positionCount: positionCount)
  }

  /// - Parameter inverseFrequencies: radians per position of every pair of a head, [headDimension / 2].
  public init(inverseFrequencies: [Double], positionCount: Int) {
    table = RotaryPositions(inverseFrequencies: inverseFrequencies, positionCount: positionCount)
  }

  public var positionCount: Int { table.positionCount }
}

/// Rotates every head of every row by the angles of the row's position.
///
/// - Parameters:
///   - input: [rows, heads · headDimension].
///   - positions: one per row, below the embedding's `positionCount`.
public func rotary(_ input: Tensor, _ embedding: RotaryEmbedding, positions: [Int32]) -> Tensor {
  let width = input.shape[-1]
  let table = embedding.table
  require(
    input.shape.rank == 2 && width.isMultiple(of: table.headDimension) && positions.count == input.shape[0],
    "\(positions.count) positions and head dimension \(table.headDimension) for rows of shape \(input.shape)")
  require(
    positions.allSatisfy { $0 >= 0 && $0 < table.positionCount },
    "a position is outside of 0..<\(table.positionCount)")
  let x = input.float32.contiguous
  let result = Tensor(uninitialized: x.shape)
  table.rotate(
    x.floats, rows: x.shape[0], heads: width / table.headDimension, positions: positions, output: result.floats)
  return result.recorded(from: x, by: RotaryBackward(table: table, positions: positions))
}

/// A rotation: the gradient is rotated back. Saves the positions only.
private struct RotaryBackward: BackwardOperation {
  let table: RotaryPositions
  let positions: [Int32]

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let result = Tensor(uninitialized: outputGradient.shape)
    table.rotate(
      outputGradient.floats, rows: positions.count, heads: outputGradient.shape[-1] / table.headDimension,
      positions: positions, backward: true, output: result.floats)
    inputs.add(result, to: 0)
  }
}
