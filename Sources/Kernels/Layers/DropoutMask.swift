import CKernels

/// Which elements dropout sets to 0: eight per Philox block, a half-word each, computed anew whenever it is applied.
package struct DropoutMask: Sendable {
  private let seed: UInt64
  private let stream: UInt64
  private let firstBlock: UInt64
  /// Half-words below it drop their element.
  private let threshold: UInt32
  private let scale: Float
  private let count: Int

  /// Takes the next whole blocks of a stream.
  /// - Parameter probability: in 0..<1, rounded to multiples of 2⁻¹⁶.
  package init(probability: Float, stream: inout RandomStream, count: Int) {
    require((0..<1).contains(probability), "dropout needs a probability in 0..<1, got \(probability)")
    seed = stream.seed
    self.stream = stream.stream
    // The stream counts 64-bit values, two per block.
    firstBlock = (stream.position + 1) / 2
    stream.position = 2 * (firstBlock + UInt64(count + 7) / 8)
    threshold = min(UInt32((Double(probability) * 0x1p16).rounded()), 0xFFFF)
    scale = Float(1 / (1 - Double(threshold) * 0x1p-16))
    self.count = count
  }

  /// y = x·mask / (1 − p).
  /// - Parameters:
  ///   - source: float32 [count].
  ///   - destination: float32 [count]; may be `source`.
  package func apply(to source: UnsafePointer<Float>, into destination: UnsafeMutablePointer<Float>) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: count, multipleOf: 256, minimumPerThread: 16_384) { range in
      kernels.dropout(
        source, range.lowerBound, range.upperBound, seed, stream, firstBlock, threshold, scale, destination)
    }
  }
}
