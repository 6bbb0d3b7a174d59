import Kernels

extension Tensor {
  /// Sets each element to 0 with the given probability and divides the others by 1 − probability (inverted dropout,
  /// JMLR 15, 2014), so that the expected value stays.
  ///
  /// The mask is a pure function of the stream's seed and position. The stream moves on by the number of elements,
  /// rounded up to whole blocks, so that the next call draws another mask.
  /// - Parameter probability: in 0..<1; 0 returns this tensor and draws nothing.
  public func dropout(probability: Float, using stream: inout RandomStream) -> Tensor {
    require((0..<1).contains(probability), "dropout needs a probability in 0..<1, got \(probability)")
    guard probability > 0 else { return self }
    let mask = DropoutMask(probability: probability, stream: &stream, count: shape.count)
    return mask.applied(to: detached.float32.contiguous).recorded(from: self, by: DropoutBackward(mask: mask))
  }
}

/// Which elements are dropped: four per Philox block, one word each.
private struct DropoutMask {
  private let seed: UInt64
  private let stream: UInt64
  private let firstBlock: UInt64
  /// Words below it drop their element.
  private let threshold: UInt32
  private let scale: Float

  init(probability: Float, stream: inout RandomStream, count: Int) {
    seed = stream.seed
    self.stream = stream.stream
    // The stream counts 64-bit values, two per block.
    firstBlock = (stream.position + 1) / 2
    stream.position = 2 * (firstBlock + UInt64(count + 3) / 4)
    threshold = UInt32(Double(probability) * 0x1p32)
    scale = 1 / (1 - probability)
  }

  func applied(to tensor: Tensor) -> Tensor {
    let result = Tensor(uninitialized: tensor.shape)
    let (source, destination, count) = (tensor.floats, result.floats, tensor.shape.count)
    ThreadPool.current.forEachRange(of: (count + 3) / 4, minimumPerThread: Elementwise.grain / 16) { range in
      for block in range {
        let words = Philox.block(seed: seed, stream: stream, index: firstBlock + UInt64(block))
        for lane in 0..<min(4, count - 4 * block) {
          let index = 4 * block + lane
          destination[index] = words[lane] < threshold ? 0 : source[index] * scale
        }
      }
    }
    return result
  }
}

/// y = x·mask/(1 − p): dx = dy·mask/(1 − p). Saves where the mask begins in its stream and computes it again.
private struct DropoutBackward: BackwardOperation {
  let mask: DropoutMask

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(mask.applied(to: outputGradient), to: 0)
  }
}
