import CKernels

/// Rows of one or several sequences, each of which attends to the keys and values of its own sequence.
///
/// Every query row is computed by itself, in an order that its position alone decides: what else is in the batch, and how
/// the threads share it, changes no bit.
package struct AttentionBatch {
  /// Successive rows of one sequence.
  package struct Segment {
    let cache: PackedKeysValues
    let first: Int
    let count: Int
    let row: Int

    /// - Parameters:
    ///   - cache: of the sequence; in no other segment of the batch.
    ///   - first: the position of the first row.
    ///   - row: where the rows begin in the batch.
    package init(_ cache: PackedKeysValues, first: Int, count: Int, row: Int = 0) {
      require(
        count > 0 && first >= 0 && first + count <= cache.capacity, "\(count) rows from \(first) of \(cache.capacity)")
      (self.cache, self.first, self.count, self.row) = (cache, first, count, row)
    }

    /// Multiplications of a query head with keys, but for constant factors.
    fileprivate var work: Int { count * (first + count) * cache.shape.headDimension }
  }

  private let segments: [Segment]
  package let shape: AttentionShape

  /// - Parameter segments: at least one; their caches are of one shape.
  package init(_ segments: [Segment]) {
    guard let shape = segments.first?.cache.shape else { preconditionFailure("a batch of no rows") }
    require(segments.allSatisfy { $0.cache.shape == shape }, "sequences of several shapes in one batch")
    self.segments = segments
    self.shape = shape
  }

  // MARK: - Storing

  /// Each is written to a line of its own, which comes from memory.
  private static let numbersWorthAThread = 256

  /// Stores the keys and values of all rows in the caches.
  /// - Parameters:
  ///   - keys, values: float32 [rows, keyValueHeads · headDimension].
  package func store(keys: UnsafePointer<Float>, values: UnsafePointer<Float>) {
    let kernels = KernelTable.current
    let heads = shape.keyValueHeads
    let rows = segments.reduce(0) { $0 + $1.count }
    let minimum = max(1, Self.numbersWorthAThread * segments.count / (rows * shape.headDimension))
    // With few threads, a head's keys are then in the caches of the one that attends to them.
    ThreadPool.current.forEachRange(of: segments.count * heads, minimumPerThread: minimum) { range in
      for task in range {
        let (segment, head) = (segments[task / heads], task % heads)
        let offset = segment.row * shape.keyValueWidth + head * shape.headDimension
        kernels.attention_pack(
          keys + offset, values + offset, shape.keyValueWidth, segment.first, segment.count, segment.cache.kernelShape,
          segment.cache.keys(ofHead: head), segment.cache.values(ofHead: head))
      }
    }
  }

  // MARK: - Attending

  private static let workWorthAThread = 8192

  /// Causal attention of all rows over what is stored.
  /// - Parameters:
  ///   - queries, output: float32 [rows, heads · headDimension].
  package func attend(queries: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let kernels = KernelTable.current
    let pool = ThreadPool.current
    let shares = WorkShares(segments.map(\.work), units: shape.heads)
    let parts = min(pool.threadCount, segments.count * shape.heads, max(1, shares.total / Self.workWorthAThread))
    // Those in float16 need more.
    let neediest = segments.first { $0.cache.kernelShape.in_halves != 0 } ?? segments[0]
    let scratches = (0..<parts).map { _ in neediest.cache.forwardScratch() }
    pool.forEachPart(of: parts) { _, range in
      for part in range {
        for (index, heads) in shares.ranges(ofPart: part, of: parts) {
          attend(segments[index], heads: heads, queries: queries, output: output, scratch: scratches[part], on: kernels)
        }
      }
    }
  }

  /// On the calling thread, one key and value head after the other.
  private func attend(
    _ segment: Segment, heads: Range<Int>, queries: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>,
    scratch: Storage, on kernels: bitnet_kernels
  ) {
    let group = shape.groupSize
    let start = segment.row * shape.queryWidth
    for keyValueHead in heads.lowerBound / group...(heads.upperBound - 1) / group {
      attend(
        segment, heads: shape.queryHeads(ofKeyValueHead: keyValueHead).clamped(to: heads), over: keyValueHead,
        queries: queries + start, output: output + start, scratch: scratch, on: kernels)
    }
  }

  private func attend(
    _ segment: Segment, heads: Range<Int>, over keyValueHead: Int, queries: UnsafePointer<Float>,
    output: UnsafeMutablePointer<Float>, scratch: Storage, on kernels: bitnet_kernels
  ) {
    let (width, hd) = (shape.queryWidth, shape.headDimension)
    let (cache, first) = (segment.cache, segment.first)
    let (keys, values) = (cache.keys(ofHead: keyValueHead), cache.values(ofHead: keyValueHead))
    if segment.count == 1 {
      // The heads are the rows of one call, which reads every key once.
      let offset = heads.lowerBound * hd
      kernels.attention_forward(
        queries + offset, hd, first, 0, heads.count, nil, keys, values, cache.kernelShape, output + offset, hd, nil,
        scratch.elements())
      return
    }
    for offset in heads.map({ $0 * hd }) {
      kernels.attention_forward(
        queries + offset, width, first, 1, segment.count, nil, keys, values, cache.kernelShape, output + offset, width,
        nil, scratch.elements())
    }
  }
}
