import CKernels
import Kernels
import Testing

/// Weights become ternary or binary codes in panels of 16 rows.
@Suite struct PackCodesTests {
  /// clip(roundHalfEven(w / γ), -1, 1), or the sign of w − center.
  static func code(_ w: Float, gamma: Float, center: Float, isBinary: Bool) -> Int8 {
    if isBinary { return w - center > 0 ? 1 : -1 }
    return Int8(min(max((w / gamma).rounded(.toNearestOrEven), -1), 1))
  }

  /// [panel][columns / 4, rounded up][16][4] bytes of code + 1; 1 where there is no weight.
  static func panels(_ codes: [Int8], rows: Int, columns: Int) -> [UInt8] {
    let (panelCount, groups) = ((rows + 15) / 16, (columns + 3) / 4)
    var result: [UInt8] = []
    for panel in 0..<panelCount {
      for group in 0..<groups {
        for lane in 0..<16 {
          for i in 0..<4 {
            let (row, column) = (panel * 16 + lane, group * 4 + i)
            result.append(row < rows && column < columns ? UInt8(codes[row * columns + column] + 1) : 1)
          }
        }
      }
    }
    return result
  }

  static func pack(
    _ kernels: bitnet_kernels, _ w: [Float], rows: Int, columns: Int, gamma: Float, center: Float = 0,
    isBinary: Bool = false, _ placement: Placement = .beforeGuard
  ) -> [UInt8] {
    let weights = GuardedBuffer(w, placement)
    let panelCount = (rows + 15) / 16
    let panels = GuardedBuffer<UInt8>(repeating: 99, count: panelCount * ((columns + 3) / 4) * 64, placement)
    // Panel by panel, last first: the result must not depend on the partition.
    for panel in (0..<panelCount).reversed() {
      kernels.pack_codes(
        weights.pointer, rows, columns, gamma, center, isBinary ? 1 : 0, panels.pointer, panel, panel + 1)
    }
    expectIntact(weights, panels)
    return panels.elements
  }

  static let shapes = [1, 2, 3, 5, 15, 16, 17, 31, 33, 48].flatMap { rows in
    [1, 3, 4, 5, 15, 16, 17, 63, 64, 65, 129].map { (rows, $0) }
  }

  @Test(arguments: [false, true]) func equalsTheRule(_ isBinary: Bool) {
    var samples = Samples(1)
    for (index, (rows, columns)) in Self.shapes.enumerated() {
      let w = samples.floats(rows * columns, magnitude: 2)
      let (gamma, center): (Float, Float) = (0.7, isBinary ? 0.125 : 0)
      let codes = w.map { Self.code($0, gamma: gamma, center: center, isBinary: isBinary) }
      let expected = Self.panels(codes, rows: rows, columns: columns)
      forEachTable { kernels, path in
        let placement = Placement.allCases[index % 4]
        let packed = Self.pack(
          kernels, w, rows: rows, columns: columns, gamma: gamma, center: center, isBinary: isBinary, placement)
        expectSame(packed, expected, "\(path), \(rows) × \(columns)")
      }
    }
  }

  @Test func halvesAreZeroAndTheRestIsClipped() {
    let gamma: Float = 0.25
    let w: [Float] = [
      0.125, -0.125, Float(0.125).nextUp, -Float(0.125).nextUp, Float(0.125).nextDown, 0.375, -0.375, 1e30, -1e30,
      .infinity, -.infinity, 0, -0.0,
    ]
    let expected: [Int8] = [0, 0, 1, -1, 0, 1, -1, 1, -1, 1, -1, 0, 0]
    forEachTable { kernels, path in
      let packed = Self.pack(kernels, w, rows: 1, columns: w.count, gamma: gamma)
      expectSame(packed, Self.panels(expected, rows: 1, columns: w.count), "\(path)")
    }
  }

  @Test func zeroCountsAsMinusInBinaryCodes() {
    let w: [Float] = [0.5, Float(0.5).nextUp, Float(0.5).nextDown, 1, 0]
    forEachTable { kernels, path in
      let packed = Self.pack(kernels, w, rows: 1, columns: 5, gamma: 1, center: 0.5, isBinary: true)
      expectSame(packed, Self.panels([-1, 1, -1, 1, -1], rows: 1, columns: 5), "\(path)")
    }
  }

  @Test func unpackingMultipliesByGamma() {
    var samples = Samples(2)
    for (index, (rows, columns)) in Self.shapes.enumerated() {
      let codes = samples.integers(rows * columns, in: Int8(-1)...1)
      let gamma: Float = 0.3
      let panels = Self.panels(codes, rows: rows, columns: columns)
      forEachTable { kernels, path in
        let placement = Placement.allCases[index % 4]
        let from = GuardedBuffer(panels, placement)
        let w = GuardedBuffer<Float>(repeating: 99, count: rows * columns, placement)
        for panel in (0..<(rows + 15) / 16).reversed() {
          kernels.unpack_codes(from.pointer, rows, columns, gamma, w.pointer, panel, panel + 1)
        }
        expectSame(w.elements, codes.map { Float($0) * gamma }, "\(path), \(rows) × \(columns)")
        expectIntact(from, w)
      }
    }
  }
}

/// Σ|w − center| in sixteen interleaved chains, so that γ has the same bits everywhere.
@Suite struct AbsoluteSumTests {
  @Test func equalsTheRuleBitForBit() {
    var samples = Samples(1)
    for count in [0] + oddLengths {
      let w = samples.floats(count, magnitude: 5)
      for center: Float in [0, 0.3] {
        var chains = [Float](repeating: 0, count: 16)
        for (i, value) in w.enumerated() { chains[i % 16] += abs(value - center) }
        for half in [8, 4, 2, 1] {
          for lane in 0..<half { chains[lane] += chains[lane + half] }
        }
        forEachTable { kernels, path in
          for placement in Placement.allCases {
            let buffer = GuardedBuffer(w, placement)
            let sum = kernels.absolute_sum(buffer.pointer, center, count)
            expectIntact(buffer)
            #expect(sum.bitPattern == chains[0].bitPattern, "\(path), \(count) elements, \(placement)")
          }
        }
      }
    }
  }

  @Test func badValuesShow() {
    forEachTable { kernels, _ in
      for position in [0, 15, 16, 20] {
        var w = [Float](repeating: 1, count: 21)
        w[position] = .nan
        #expect(kernels.absolute_sum(w, 0, w.count).isNaN)
        w[position] = -.infinity
        #expect(kernels.absolute_sum(w, 0, w.count) == .infinity)
      }
    }
  }
}
