import CKernels

/// y = activation(gate)·up, the middle of a gated feed-forward layer (arXiv 2002.05202).
package enum GatedActivationKernel {
  private static let grain = 16_384

  package static func forward(
    gate: UnsafePointer<Float>, up: UnsafePointer<Float>, count: Int, activation: Activation,
    output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: count, multipleOf: 16, minimumPerThread: grain) { range in
      let first = range.lowerBound
      kernels.gated(gate + first, up + first, range.count, activation.kernel, output + first)
    }
  }

  package static func backward(
    gate: UnsafePointer<Float>, up: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>, count: Int,
    activation: Activation, gateGradient: UnsafeMutablePointer<Float>, upGradient: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(of: count, multipleOf: 16, minimumPerThread: grain) { range in
      let first = range.lowerBound
      kernels.gated_backward(
        gate + first, up + first, outputGradient + first, range.count, activation.kernel, gateGradient + first,
        upGradient + first)
    }
  }
}
