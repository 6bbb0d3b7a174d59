import CKernels

/// A weight matrix quantised to codes −1, 0, +1 (or −1, +1) with one scale γ.
///
/// The one place where weights become codes, by the rule of a `WeightQuantizer`: trainer, evaluation, export and runtime
/// all build this.
package final class TernaryMatrix: Sendable {
  /// Output features.
  package let rows: Int
  /// Input features.
  package let columns: Int
  /// The scale, already rounded to the configured format.
  package let gamma: Float
  private let storage: Storage
  package var byteCount: Int { storage.byteCount }

  /// Panels of 16 output features: [columns / 4, rounded up][16][4] bytes holding code + 1.
  private var panels: UnsafeMutablePointer<UInt8> { storage.elements() }
  private var panelCount: Int { (rows + Self.panelRows - 1) / Self.panelRows }
  private var groups: Int { (columns + 3) / 4 }
  private static let panelRows = Int(BITNET_PANEL_COLUMNS)

  /// - Parameter weights: float32 [rows, columns].
  package convenience init(
    quantizing weights: UnsafePointer<Float>, rows: Int, columns: Int, configuration: BitLinearConfiguration
  ) {
    guard let quantizer = configuration.weightQuantization.quantizer else {
      fatalError("a full-precision matrix of shape [\(rows), \(columns)] has no codes")
    }
    let values = WeightValues(weights, rows: rows, columns: columns)
    self.init(values, by: quantizer.rule(for: values, scaleDataType: configuration.scaleDataType))
  }

  package init(_ weights: WeightValues, by rule: CodeRule) {
    let (values, rows, columns) = (weights.values, weights.rows, weights.columns)
    self.rows = rows
    self.columns = columns
    gamma = rule.scale
    storage = Storage(byteCount: (rows + Self.panelRows - 1) / Self.panelRows * ((columns + 3) / 4) * 64)
    let kernels = KernelTable.current
    let (divisor, center, isBinary): (Float, Float, Int32) =
      switch rule.rounding {
      case .nearest(let divisor): (divisor, 0, 0)
      case .sign(let center): (rule.scale, center, 1)
      }
    forEachPanelRange { range in
      kernels.pack_codes(
        values, rows, columns, divisor, center, isBinary, panels, range.lowerBound, range.upperBound)
    }
  }

  /// A matrix whose codes are known: from a packed file.
  package init(_ matrix: TernaryCodes) {
    rows = matrix.rows
    columns = matrix.columns
    gamma = matrix.scale
    storage = Storage(byteCount: (rows + Self.panelRows - 1) / Self.panelRows * ((columns + 3) / 4) * 64)
    let (rows, columns, groups) = (rows, columns, groups)
    matrix.codes.withUnsafeBufferPointer { codes in
      nonisolated(unsafe) let codes = codes
      forEachPanelRange { range in
        let bytes = range.count * groups * 64
        (panels + range.lowerBound * groups * 64).initialize(repeating: 1, count: bytes)
        for row in range.lowerBound * Self.panelRows..<min(rows, range.upperBound * Self.panelRows) {
          let lane = panels + row / Self.panelRows * groups * 64 + row % Self.panelRows * 4
          for column in 0..<columns {
            lane[column / 4 * 64 + column % 4] = UInt8(bitPattern: codes[row * columns + column] + 1)
          }
        }
      }
    }
  }

  /// The codes of a packed matrix, for products that need them as they are here.
  package init(unpacking packed: PackedMatrix) {
    rows = packed.rows
    columns = packed.columns
    gamma = packed.gamma
    storage = Storage(byteCount: (rows + Self.panelRows - 1) / Self.panelRows * (columns / 4) * 64)
    packed.unpack(into: panels)
  }

  /// y = (Σ q·code)·(γ / scale) for every row of `activations`, plus `addend`.
  /// - Parameters:
  ///   - addend: float32 [activations.rows, rows], such as the residual stream, or nil.
  ///   - output: float32 [activations.rows, rows]; may be `addend`.
  package func multiply(
    _ activations: QuantizedRows, adding addend: UnsafePointer<Float>? = nil, into output: UnsafeMutablePointer<Float>
  ) {
    require(
      activations.columns == columns,
      "activations of width \(activations.columns) for a matrix of shape [\(rows), \(columns)]")
    let kernels = KernelTable.current
    ThreadPool.current.forEachRange(
      of: activations.rows, multipleOf: 32, minimumPerThread: max(1, 1_000_000 / max(1, rows * columns))
    ) { range in
      let first = range.lowerBound * rows
      multiply(activations, range, adding: addend.map { $0 + first }, into: output + first, kernels)
    }
  }

  /// The rows of a block on the calling thread; `addend` and `output` are those of the block.
  func multiply(
    _ activations: QuantizedRows, _ block: Range<Int>, adding addend: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, _ kernels: bitnet_kernels
  ) {
    let (first, stride) = (block.lowerBound, activations.codeStride)
    kernels.ternary_matmul(
      activations.codes + first * stride, stride, activations.scales + first, activations.sums + first, block.count,
      panels, rows, gamma, addend, output, rows)
  }

  /// Writes `code·γ` as float32 [rows, columns].
  package func dequantize(into destination: UnsafeMutablePointer<Float>) {
    let kernels = KernelTable.current
    forEachPanelRange { range in
      kernels.unpack_codes(panels, rows, columns, gamma, destination, range.lowerBound, range.upperBound)
    }
  }

  /// The codes as a right operand, the depth running over the output features.
  func bfloat16Codes(_ kernels: bitnet_kernels) -> BFloat16Operand {
    let right = BFloat16Operand(extent: columns, depth: rows)
    ThreadPool.current.forEachRange(
      of: BFloat16Operand.padded(columns) / 16, minimumPerThread: max(1, 4096 / max(1, right.depth))
    ) { range in
      kernels.bfloat16_code_pairs(panels, rows, columns, right.elements, range.lowerBound, range.upperBound)
    }
    return right
  }

  private func forEachPanelRange(_ body: (Range<Int>) -> Void) {
    let minimum = max(1, 65_536 / max(1, Self.panelRows * columns))
    ThreadPool.current.forEachRange(of: panelCount, minimumPerThread: minimum, body)
  }
}

// MARK: - Codes

extension TernaryMatrix {
  /// How often each code occurs.
  package struct Census: Equatable, Sendable {
    package var minus = 0
    package var zero = 0
    package var plus = 0

    package init(minus: Int = 0, zero: Int = 0, plus: Int = 0) {
      self.minus = minus
      self.zero = zero
      self.plus = plus
    }
  }

  /// The code (−1, 0 or +1) at an output row and input column.
  package subscript(row: Int, column: Int) -> Int8 {
    require(
      row >= 0 && row < rows && column >= 0 && column < columns,
      "[\(row), \(column)] is outside of [\(rows), \(columns)]")
    let panel = panels + row / Self.panelRows * groups * 64
    return Int8(panel[column / 4 * 64 + row % Self.panelRows * 4 + column % 4]) - 1
  }

  /// All codes, row-major.
  package func codes() -> [Int8] {
    var result = [Int8](unsafeUninitializedCapacity: rows * columns) { _, count in count = rows * columns }
    for row in 0..<rows {
      let lane = panels + row / Self.panelRows * groups * 64 + row % Self.panelRows * 4
      for column in 0..<columns { result[row * columns + column] = Int8(lane[column / 4 * 64 + column % 4]) - 1 }
    }
    return result
  }

  package func census() -> Census {
    var counts = Census()
    for code in codes() {
      switch code {
      case -1: counts.minus += 1
      case 0: counts.zero += 1
      default: counts.plus += 1
      }
    }
    return counts
  }

  /// The number of positions at which the codes of two matrices of one shape differ.
  package func differences(from other: TernaryMatrix) -> Int {
    require(
      rows == other.rows && columns == other.columns,
      "shapes [\(rows), \(columns)] and [\(other.rows), \(other.columns)] differ")
    var count = 0
    // Padding is the same in both, so that whole panels can be compared.
    for index in 0..<storage.byteCount where panels[index] != other.panels[index] { count += 1 }
    return count
  }
}
