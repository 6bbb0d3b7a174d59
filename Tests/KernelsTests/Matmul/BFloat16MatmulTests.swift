import CKernels
import Kernels
import Testing

/// The product of packed bfloat16 operands, between guard pages.
@Suite struct BFloat16MatmulTests {
  /// Operands of any value, packed by definition; what lies beyond the last row and column is finite.
  struct Problem {
    let rows: Int, depth: Int, columns: Int
    let left: [UInt16]
    let panels: [UInt16]

    init(_ samples: inout Samples, rows: Int, depth: Int, columns: Int) {
      (self.rows, self.depth, self.columns) = (rows, depth, columns)
      left = samples.floats((rows + 31) / 32 * 32 * depth).map { BFloat16($0).bitPattern }
      panels = samples.floats((columns + 31) / 32 * 32 * depth).map { BFloat16($0).bitPattern }
    }

    func expected(_ row: Int, _ column: Int) -> (value: Double, magnitude: Double) {
      var (value, magnitude) = (0.0, 0.0)
      for k in 0..<depth {
        let x = BFloat16(bitPattern: left[row * depth + k]).floatValue
        let y = panels[column / 16 * 16 * depth + k / 2 * 32 + column % 16 * 2 + k % 2]
        let product = Double(x) * Double(BFloat16(bitPattern: y).floatValue)
        value += product
        magnitude += abs(product)
      }
      return (value, magnitude)
    }
  }

  @Test(arguments: [false, true], [false, true]) func agreesWithDoubles(_ isAdding: Bool, _ isTransposed: Bool) {
    var samples = Samples(1)
    let (alpha, old): (Float, Float) = (0.37, 0.5)
    for (index, rows) in [1, 2, 11, 12, 13, 31, 32, 33, 70].enumerated() {
      let columns = [33, 1, 15, 64, 16, 17, 32, 31, 47][index]
      let problem = Problem(&samples, rows: rows, depth: [32, 64, 160][index % 3], columns: columns)
      let reference = (0..<rows * columns).map { problem.expected($0 / columns, $0 % columns) }
      let (height, width) = isTransposed ? (columns, rows) : (rows, columns)
      let stride = width + index % 3
      forEachTable { kernels, path in
        guard let multiply = kernels.bfloat16_matmul else { return }
        let placement = Placement.allCases[index % 4]
        let (left, panels) = (GuardedBuffer(problem.left, placement), GuardedBuffer(problem.panels, placement))
        let y = GuardedBuffer<Float>(repeating: isAdding ? old : 99, count: (height - 1) * stride + width, placement)
        let before = y.elements
        multiply(
          left.pointer, rows, problem.depth, panels.pointer, columns, alpha, isAdding ? 1 : 0, isTransposed ? 1 : 0,
          y.pointer, stride)
        let wrong = y.elements.enumerated().first { position, value in
          let (i, j) = (position / stride, position % stride)
          guard j < width else { return value != before[position] }
          let (sum, magnitude) = reference[isTransposed ? j * columns + i : i * columns + j]
          let expected = Double(alpha) * sum + (isAdding ? Double(old) : 0)
          return !(abs(Double(value) - expected) <= sumErrorBound(magnitude: magnitude + 1, count: problem.depth))
        }
        #expect(wrong == nil, "\(path), \(rows) × \(problem.depth) × \(columns)")
        expectIntact(left, panels, y)
      }
    }
  }
}
