import CKernels

/// The shape of grouped-query attention: `heads` query heads share `keyValueHeads` key and value heads.
package struct AttentionShape: Equatable, Sendable {
  package let heads: Int
  package let keyValueHeads: Int
  package let headDimension: Int

  package init(heads: Int, keyValueHeads: Int, headDimension: Int) {
    require(
      keyValueHeads > 0 && heads.isMultiple(of: keyValueHeads),
      "\(heads) query heads cannot share \(keyValueHeads) key and value heads evenly")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
  }

  package var queryWidth: Int { heads * headDimension }
  package var keyValueWidth: Int { keyValueHeads * headDimension }
  package var groupSize: Int { heads / keyValueHeads }

  func queryHeads(ofKeyValueHead head: Int) -> Range<Int> { head * groupSize..<(head + 1) * groupSize }

  /// Values are padded to whole vectors of the widest instruction set.
  var paddedDimension: Int { (headDimension + 15) / 16 * 16 }

  var kernelShape: bitnet_attention_shape {
    bitnet_attention_shape(
      head_dimension: headDimension, padded_dimension: paddedDimension, scale: 1 / Float(headDimension).squareRoot())
  }
}

/// Keys and values of one sequence, packed for the attention kernels: the KV cache of decoding, and the scratch of
/// training. Blocks of 64 keys are transposed, so that scores run over keys in the vector lanes.
package final class PackedKeysValues {
  package let shape: AttentionShape
  /// Positions there is room for: a multiple of 64.
  package let capacity: Int
  private let keyStorage: Storage
  private let valueStorage: Storage

  package init(shape: AttentionShape, capacity: Int) {
    let block = Int(BITNET_KEY_BLOCK)
    self.shape = shape
    self.capacity = (capacity + block - 1) / block * block
    keyStorage = Storage(byteCount: self.capacity * shape.keyValueHeads * shape.headDimension * 4)
    valueStorage = Storage(byteCount: self.capacity * shape.keyValueHeads * shape.paddedDimension * 4)
  }

  func keys(ofHead head: Int) -> UnsafeMutablePointer<Float> {
    keyStorage.elements(of: Float.self) + head * capacity * shape.headDimension
  }

  func values(ofHead head: Int) -> UnsafeMutablePointer<Float> {
    valueStorage.elements(of: Float.self) + head * capacity * shape.paddedDimension
  }

  /// Stores the keys and values of positions `first ..< first + count`.
  /// - Parameters:
  ///   - keys, values: float32 [count, keyValueHeads · headDimension].
  package func store(
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, first: Int, count: Int
  ) {
    require(first >= 0 && first + count <= capacity, "positions \(first)..<\(first + count) of \(capacity)")
    let kernels = KernelTable.current
    // A head's keys are then in the caches of the thread that attends to them.
    let minimum = max(1, Self.numbersWorthAThread / (count * shape.headDimension))
    ThreadPool.current.forEachRange(of: shape.keyValueHeads, minimumPerThread: minimum) { heads in
      for head in heads {
        let offset = head * shape.headDimension
        kernels.attention_pack(
          keys + offset, values + offset, shape.keyValueWidth, first, count, shape.kernelShape,
          self.keys(ofHead: head), self.values(ofHead: head))
      }
    }
  }

  /// Each is written to a line of its own, which comes from memory.
  private static let numbersWorthAThread = 256

  /// Causal attention of the query rows at positions `first ..< first + count` over what is stored.
  /// - Parameters:
  ///   - queries, output: float32 [count, heads · headDimension].
  package func attend(
    queries: UnsafePointer<Float>, first: Int, count: Int, output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let shape = shape
    let pool = ThreadPool.current
    let scratches = (0..<pool.threadCount).map { _ in AttentionKernel.forwardScratch(shape) }
    let minimum = max(1, 8192 / (count * (first + count) * shape.headDimension))
    pool.forEachPart(of: shape.heads, minimumPerThread: minimum) { part, range in
      for keyValueHead in range.lowerBound / shape.groupSize...(range.upperBound - 1) / shape.groupSize {
        kernels.attend(
          heads: shape.queryHeads(ofKeyValueHead: keyValueHead).clamped(to: range), shape, first: first, count: count,
          queries: queries, keys: keys(ofHead: keyValueHead), values: values(ofHead: keyValueHead), output: output,
          scratch: scratches[part])
      }
    }
  }
}

extension bitnet_kernels {
  /// Causal attention of query heads over the keys that they share.
  /// - Parameters:
  ///   - queries, output: float32 [count, heads · headDimension], of all heads.
  ///   - scratch: `AttentionKernel.forwardScratch`.
  func attend(
    heads: Range<Int>, _ shape: AttentionShape, first: Int, count: Int, queries: UnsafePointer<Float>,
    keys: UnsafePointer<Float>, values: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, scratch: Storage
  ) {
    let (width, hd) = (shape.queryWidth, shape.headDimension)
    if count == 1 {
      // The heads are the rows of one call, which reads every key once.
      let offset = heads.lowerBound * hd
      attention_forward(
        queries + offset, hd, first, 0, heads.count, nil, keys, values, shape.kernelShape, output + offset, hd, nil,
        scratch.elements())
      return
    }
    for offset in heads.map({ $0 * hd }) {
      attention_forward(
        queries + offset, width, first, 1, count, nil, keys, values, shape.kernelShape, output + offset, width, nil,
        scratch.elements())
    }
  }
}

/// Causal attention over a batch of sequences, with gradients; memory is linear in the sequence length.
package enum AttentionKernel {
  static func forwardScratch(_ shape: AttentionShape) -> Storage {
    Storage(byteCount: Int(BITNET_QUERY_TILE) * (shape.paddedDimension + 2) * 4)
  }

  /// - Parameters:
  ///   - queries, output: float32 [batch · length, heads · headDimension].
  ///   - keys, values: float32 [batch · length, keyValueHeads · headDimension].
  ///   - documentStarts: per row the first position of its document within the sequence; nil: one document each.
  ///   - logSums: gets log Σ exp(score), [batch, heads, length].
  package static func forward(
    queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, shape: AttentionShape,
    batch: Int, length: Int, documentStarts: UnsafePointer<Int32>?, output: UnsafeMutablePointer<Float>,
    logSums: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let single = AttentionShape(heads: shape.groupSize, keyValueHeads: 1, headDimension: shape.headDimension)
    let pool = ThreadPool.current
    let packs = (0..<pool.threadCount).map { _ in PackedKeysValues(shape: single, capacity: length) }
    let scratches = packs.map { _ in forwardScratch(single) }
    pool.forEachPart(of: batch * shape.keyValueHeads) { part, range in
      let (packed, scratch) = (packs[part], scratches[part])
      for task in range {
        let (sequence, keyValueHead) = (task / shape.keyValueHeads, task % shape.keyValueHeads)
        let row = sequence * length
        let offset = row * shape.keyValueWidth + keyValueHead * shape.headDimension
        kernels.attention_pack(
          keys + offset, values + offset, shape.keyValueWidth, 0, length, shape.kernelShape, packed.keys(ofHead: 0),
          packed.values(ofHead: 0))
        for head in shape.queryHeads(ofKeyValueHead: keyValueHead) {
          let queryOffset = row * shape.queryWidth + head * shape.headDimension
          kernels.attention_forward(
            queries + queryOffset, shape.queryWidth, 0, 1, length, documentStarts.map { $0 + row },
            packed.keys(ofHead: 0), packed.values(ofHead: 0), shape.kernelShape, output + queryOffset,
            shape.queryWidth, logSums + (sequence * shape.heads + head) * length, scratch.elements())
        }
      }
    }
  }

  /// Gradients of `forward`; overwrites all three.
  /// - Parameter inBFloat16: products of operands rounded to bfloat16; asks for `BFloat16Product.isAvailable`.
  package static func backward(
    queries: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
    output: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, shape: AttentionShape, batch: Int,
    length: Int, documentStarts: UnsafePointer<Int32>?, logSums: UnsafePointer<Float>, inBFloat16: Bool,
    queryGradient: UnsafeMutablePointer<Float>, keyGradient: UnsafeMutablePointer<Float>,
    valueGradient: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let scratchCount =
      inBFloat16
      ? bitnet_attention_backward_bfloat16_scratch(length, shape.headDimension)
      : bitnet_attention_backward_scratch(length, shape.paddedDimension)
    guard let attentionBackward = inBFloat16 ? kernels.attention_backward_bfloat16 : kernels.attention_backward else {
      fatalError("kernel path \(KernelPath.current.rawValue) has no attention in bfloat16")
    }
    // One task covers all query heads that share a key head: their contributions add up in a fixed order.
    let pool = ThreadPool.current
    let scratches = (0..<pool.threadCount).map { _ in Storage(byteCount: scratchCount * 4) }
    pool.forEachPart(of: batch * shape.keyValueHeads) { part, range in
      let scratch = scratches[part]
      for task in range {
        let (sequence, keyValueHead) = (task / shape.keyValueHeads, task % shape.keyValueHeads)
        let row = sequence * length
        let offset = row * shape.keyValueWidth + keyValueHead * shape.headDimension
        for head in shape.queryHeads(ofKeyValueHead: keyValueHead) {
          let queryOffset = row * shape.queryWidth + head * shape.headDimension
          attentionBackward(
            queries + queryOffset, keys + offset, values + offset, output + queryOffset, outputGradient + queryOffset,
            shape.queryWidth, shape.keyValueWidth, length, documentStarts.map { $0 + row },
            logSums + (sequence * shape.heads + head) * length, shape.kernelShape, queryGradient + queryOffset,
            keyGradient + offset, valueGradient + offset, head.isMultiple(of: shape.groupSize) ? 0 : 1,
            scratch.elements())
        }
      }
    }
  }
}
