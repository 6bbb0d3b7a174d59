import Architectures
import Kernels

/// A weight matrix with a LoRA adapter beside it: y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ, the adapter on unquantised x.
struct AdaptedMatrix: WeightMatrix {
  private let base: any WeightMatrix
  private let adapter: LowRankProduct

  /// - Parameter factors: checked against the shape of `base`.
  init(_ base: any WeightMatrix, _ factors: LoRAAdapter.Factors, of adapter: LoRAAdapter, on model: Architecture) throws
  {
    self.base = base
    let (a, b) = (try adapter.a(factors), try adapter.b(factors, on: model))
    self.adapter = a.withUnsafeBufferPointer { a in
      b.withUnsafeBufferPointer { b in
        LowRankProduct(
          a: a.baseAddress!, b: b.baseAddress!, inputs: factors.inputs, outputs: factors.outputs, rank: factors.rank,
          scale: factors.scale)
      }
    }
  }

  var rows: Int { base.rows }
  var columns: Int { base.columns }
  var byteCount: Int { base.byteCount + adapter.byteCount }

  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    base.multiply(input, into: output)
    let hidden = Storage(byteCount: input.rows * adapter.rank * 4)
    adapter.add(input.values, rows: input.rows, hidden: hidden.elements(), to: output)
  }
}
