import CKernels

/// The norm of gated activations and its gradients, with activation(gate)·up in memory one row at a time.
package enum GatedNormKernel {
  /// - Parameters:
  ///   - gate, up, outputGradient, gateGradient, upGradient: float32 [rows, columns].
  ///   - gain, gainGradient: [columns].
  ///   - reciprocals: as the forward pass left them, [rows].
  package static func backward(
    gate: UnsafePointer<Float>, up: UnsafePointer<Float>, activation: Activation,
    gain: UnsafePointer<Float>, reciprocals: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, rows: Int,
    columns: Int, gateGradient: UnsafeMutablePointer<Float>, upGradient: UnsafeMutablePointer<Float>,
    gainGradient: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let scratches = (0..<ThreadPool.current.threadCount).map { _ in Storage(byteCount: 2 * columns * 4) }
    RMSNormKernel.forEachSum(rows: rows, columns: columns, into: gainGradient) { part, range, sums in
      let first = range.lowerBound * columns
      kernels.gated_norm_backward(
        gate + first, up + first, activation.kernel, gain, reciprocals + range.lowerBound, outputGradient + first,
        range.count, columns, gateGradient + first, upGradient + first, sums, scratches[part].elements())
    }
  }
}

extension QuantizedRows {
  /// The rows of RMSNorm(activation(gate)·up), with the bits of the three steps one after the other.
  /// - Parameters:
  ///   - gate, up: float32 [rows, columns].
  ///   - gain: [columns].
  ///   - reciprocals: gets 1 / √(mean(x²) + ε) of each row, [rows].
  ///   - values: gets the rows before quantisation, float32 [rows, columns]; nil: nobody wants them.
  package convenience init(
    normalizingGated gate: UnsafePointer<Float>, up: UnsafePointer<Float>,
    activation: Activation, gain: UnsafePointer<Float>, epsilon: Float, rows: Int, columns: Int,
    reciprocals: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>? = nil
  ) {
    self.init(rows: rows, columns: columns)
    let kernels = KernelTable.current
    let scratchRows = values == nil ? 1 : Self.blockRows
    let scratches = (0..<ThreadPool.current.threadCount).map { _ in Storage(byteCount: scratchRows * columns * 4) }
    if let values {
      quantizeBlocks(values) { part, block in
        let (first, product) = (block.lowerBound * columns, scratches[part].elements(of: Float.self))
        kernels.gated(gate + first, up + first, block.count * columns, activation.kernel, product)
        kernels.rms_norm(
          product, gain, epsilon, block.count, columns, values + first, reciprocals + block.lowerBound)
      }
      return
    }
    forEachPart { part, range in
      let first = range.lowerBound
      kernels.gated_norm_quantize(
        gate + first * columns, up + first * columns, activation.kernel, gain, epsilon, range.count, columns,
        codes + first * codeStride, codeStride, scales + first, sums + first, reciprocals + first,
        scratches[part].elements())
    }
  }
}
