import CKernels
import Kernels
import Testing

/// The product of packed bfloat16 operands, between guard pages.
@Suite struct BFloat16MatmulTests {
  /// Operands of any value, packed by definition; what lies beyond the last row and column is finite.
  struct Problem {
    /// The left operand is deeper than what is multiplied, which begins behind its first tile.
    static let skipped = 32
    let rows: Int, depth: Int, columns: Int
    let left: [UInt16]
    let panels: [UInt16]

    init(_ samples: inout Samples, rows: Int, depth: Int, columns: Int) {
      (self.rows, self.depth, self.columns) = (rows, depth, columns)
      left = samples.floats((rows + 31) / 32 * 32 * (depth + Self.skipped)).map { BFloat16($0).bitPattern }
      panels = samples.floats((columns + 31) / 32 * 32 * depth).map { BFloat16($0).bitPattern }
    }

    var leftDepth: Int { depth + Self.skipped }

    func expected(_ row: Int, _ column: Int) -> (value: Double, magnitude: Double) {
      var (value, magnitude) = (0.0, 0.0)
      for k in 0..<depth {
        let place = row / 16 * 16 * leftDepth + (k + Self.skipped) / 32 * 512 + row % 16 * 32 + k % 32
        let x = BFloat16(bitPattern: left[place]).floatValue
        let y = panels[column / 16 * 16 * depth + k / 2 * 32 + column % 16 * 2 + k % 2]
        let product = Double(x) * Double(BFloat16(bitPattern: y).floatValue)
        value += product
        magnitude += abs(product)
      }
      return (value, magnitude)
    }
  }

  @Test(arguments: [false, true]) func agreesWithDoubles(_ isAdding: Bool) {
    var samples = Samples(1)
    let old: Float = 0.5
    for (index, rows) in [1, 2, 15, 16, 17, 31, 32, 33, 64, 70, 97].enumerated() {
      let width = [33, 1, 15, 64, 16, 17, 32, 31, 96, 47, 64][index]
      // Beyond the depth that one pass covers, too.
      let problem = Problem(&samples, rows: rows, depth: [32, 64, 160, 1056][index % 4], columns: width)
      let reference = (0..<rows * width).map { problem.expected($0 / width, $0 % width) }
      let stride = width + index % 3
      forEachTable { kernels, path in
        guard let multiply = kernels.bfloat16_matmul else { return }
        let placement = Placement.allCases[index % 4]
        let (left, panels) = (GuardedBuffer(problem.left, placement), GuardedBuffer(problem.panels, placement))
        let y = GuardedBuffer<Float>(repeating: isAdding ? old : .nan, count: (rows - 1) * stride + width, placement)
        multiply(
          left.pointer + Problem.skipped * 16, problem.leftDepth, rows, problem.depth, panels.pointer, width,
          isAdding ? 1 : 0, y.pointer, stride)
        let wrong = y.elements.enumerated().first { position, value in
          let (row, column) = (position / stride, position % stride)
          guard column < width else { return isAdding ? value != old : !value.isNaN }
          let (sum, magnitude) = reference[row * width + column]
          let expected = sum + (isAdding ? Double(old) : 0)
          return !(abs(Double(value) - expected) <= sumErrorBound(magnitude: magnitude + 1, count: problem.depth))
        }
        #expect(wrong == nil, "\(path), \(rows) × \(problem.depth) × \(width)")
        expectIntact(left, panels, y)
      }
    }
  }
}
