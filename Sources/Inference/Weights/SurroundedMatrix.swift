import Kernels

/// A weight matrix and a bias: y = x·Wᵀ + b.
struct BiasedMatrix: WeightMatrix {
  private let base: any WeightMatrix
  private let bias: [Float]

  init(_ base: any WeightMatrix, bias: [Float]) {
    require(bias.count == base.rows, "a bias of \(bias.count) for a matrix of \(base.rows) rows")
    self.base = base
    self.bias = bias
  }

  var rows: Int { base.rows }
  var columns: Int { base.columns }
  var byteCount: Int { base.byteCount + 4 * bias.count }
  var takesQuantizedAlone: Bool { base.takesQuantizedAlone }

  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    base.multiply(input, into: output)
    bias.withUnsafeBufferPointer { bias in
      nonisolated(unsafe) let bias = bias
      ThreadPool.current.forEachRange(of: input.rows, minimumPerThread: max(1, 16_384 / rows)) { range in
        for row in range {
          let sums = output + row * rows
          for column in 0..<rows { sums[column] += bias[column] }
        }
      }
    }
  }
}

/// A weight matrix whose input is normalised by a norm of its own.
struct NormalizedMatrix: WeightMatrix {
  private let base: any WeightMatrix
  private let norm: NormGain

  init(_ base: any WeightMatrix, norm: NormGain) {
    require(norm.width == base.columns, "a norm of \(norm.width) before a matrix of \(base.columns) columns")
    self.base = base
    self.norm = norm
  }

  var rows: Int { base.rows }
  var columns: Int { base.columns }
  var byteCount: Int { base.byteCount }

  func multiply(_ input: ActivationRows, into output: UnsafeMutablePointer<Float>) {
    let storage = Storage(byteCount: input.rows * (columns + 1) * 4)
    let normalized = storage.elements(of: Float.self)
    norm.normalize(
      input.values, rows: input.rows, into: normalized, reciprocals: normalized + input.rows * columns)
    withExtendedLifetime(storage) {
      base.multiply(ActivationRows(normalized, rows: input.rows, columns: columns), into: output)
    }
  }
}
