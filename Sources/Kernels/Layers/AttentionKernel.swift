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

  /// - Parameter inHalves: keys and values are packed in float16.
  func kernelShape(inHalves: Bool = false) -> bitnet_attention_shape {
    bitnet_attention_shape(
      head_dimension: headDimension, padded_dimension: paddedDimension, scale: 1 / Float(headDimension).squareRoot(),
      in_halves: inHalves ? 1 : 0)
  }
}

/// Causal attention over a batch of sequences, with gradients; memory is linear in the sequence length.
package enum AttentionKernel {
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
    let scratches = packs.map { $0.forwardScratch() }
    pool.forEachPart(of: batch * shape.keyValueHeads) { part, range in
      let (packed, scratch) = (packs[part], scratches[part])
      for task in range {
        let (sequence, keyValueHead) = (task / shape.keyValueHeads, task % shape.keyValueHeads)
        let row = sequence * length
        let offset = row * shape.keyValueWidth + keyValueHead * shape.headDimension
        kernels.attention_pack(
          keys + offset, values + offset, shape.keyValueWidth, 0, length, packed.kernelShape, packed.keys(ofHead: 0),
          packed.values(ofHead: 0))
        for head in shape.queryHeads(ofKeyValueHead: keyValueHead) {
          let queryOffset = row * shape.queryWidth + head * shape.headDimension
          kernels.attention_forward(
            queries + queryOffset, shape.queryWidth, 0, 1, length, documentStarts.map { $0 + row },
            packed.keys(ofHead: 0), packed.values(ofHead: 0), packed.kernelShape, output + queryOffset,
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
            logSums + (sequence * shape.heads + head) * length, shape.kernelShape(), queryGradient + queryOffset,
            keyGradient + offset, valueGradient + offset, head.isMultiple(of: shape.groupSize) ? 0 : 1,
            scratch.elements())
        }
      }
    }
  }
}
