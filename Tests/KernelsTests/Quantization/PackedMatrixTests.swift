import CKernels
import Kernels
import Testing

/// Products from packed codes have the bits of the products from panels.
@Suite struct PackedMatrixTests {
  private static func codes(rows: Int, columns: Int) -> TernaryCodes {
    var samples = Samples(rows * 1000 + columns)
    return TernaryCodes(
      rows: rows, columns: columns, scale: 0.0421, codes: samples.integers(rows * columns, in: -1...1))
  }

  @Test(arguments: [128, 256, 384, 2560, 2176], [1, 5, 16, 33, 67])
  func productsEqualThoseOfPanels(columns: Int, rows: Int) throws {
    let codes = Self.codes(rows: rows, columns: columns)
    var samples = Samples(columns)
    for inputRows in [1, 2, 7, 8, 32, 45] {
      let input = samples.floats(inputRows * columns)
      let addend = samples.floats(inputRows * rows)
      try forEachPath { path in
        for threads in 1...3 {
          try withThreads(threads) {
            let activations = input.withUnsafeBufferPointer {
              QuantizedRows($0.baseAddress!, rows: inputRows, columns: columns)
            }
            var (expected, found) = (addend, addend)
            expected.withUnsafeMutableBufferPointer {
              TernaryMatrix(codes).multiply(activations, adding: $0.baseAddress!, into: $0.baseAddress!)
            }
            let packed = try PackedMatrix(codes)
            found.withUnsafeMutableBufferPointer {
              packed.multiply(activations, adding: $0.baseAddress!, into: $0.baseAddress!)
            }
            expectSame(
              found.bitPatterns, expected.bitPatterns, "\(inputRows) rows, \(path), \(threads) threads")
          }
        }
      }
    }
  }

  static let layouts = [BITNET_PACKED_TWO_BITS, BITNET_PACKED_TRIPLES]

  private static func product(_ matrix: PackedMatrix, _ input: [Float]) -> [UInt32] {
    let rows = input.count / matrix.columns
    let activations = input.withUnsafeBufferPointer {
      QuantizedRows($0.baseAddress!, rows: rows, columns: matrix.columns)
    }
    var output = [Float](repeating: 0, count: rows * matrix.rows)
    output.withUnsafeMutableBufferPointer { matrix.multiply(activations, into: $0.baseAddress!) }
    return output.bitPatterns
  }

  /// Kernel paths prefer different layouts; a matrix packed for one works on all, with as many threads as there are.
  @Test(arguments: [640, 6912]) func everyPathMultipliesEveryLayout(columns: Int) throws {
    let codes = Self.codes(rows: 200, columns: columns)
    var samples = Samples(7)
    for inputRows in [1, 9, 33] {
      let input = samples.floats(inputRows * columns)
      var expected: [UInt32]?
      try forEachPath { packingPath in
        for layout in Self.layouts {
          let packed = try withThreads(2) { try PackedMatrix(codes, layout: layout) }
          forEachPath { path in
            for threads in 1...3 {
              let found = withThreads(threads) { Self.product(packed, input) }
              expectSame(
                found, expected ?? found,
                "layout \(layout.rawValue) of \(packingPath) on \(path), \(inputRows) rows, \(threads) threads")
              expected = expected ?? found
            }
          }
        }
      }
    }
  }

  /// Products of one row with several matrices share a loop, whose ranges end anywhere in a matrix.
  @Test(arguments: layouts.map(\.rawValue)) func matricesTogetherAreMatricesAlone(layout: UInt32) throws {
    let columns = 2560
    let matrices = try [330, 50, 210].map {
      try PackedMatrix(Self.codes(rows: $0, columns: columns), layout: bitnet_packed_layout(layout))
    }
    var samples = Samples(11)
    let input = samples.floats(columns)
    forEachPath { path in
      let activations = input.withUnsafeBufferPointer { QuantizedRows($0.baseAddress!, rows: 1, columns: columns) }
      for threads in 1...4 {
        withThreads(threads) {
          let outputs = matrices.map { Storage(byteCount: $0.rows * 4) }
          PackedMatrix.multiply(activations, with: zip(matrices, outputs).map { ($0, $1.elements(of: Float.self)) })
          for (matrix, output) in zip(matrices, outputs) {
            let found = UnsafeBufferPointer(start: output.elements(of: UInt32.self), count: matrix.rows)
            expectSame(Array(found), Self.product(matrix, input), "\(path), \(threads) threads, \(matrix.rows) rows")
          }
        }
      }
    }
  }

  @Test func byteCountIsThatOfTheLayout() throws {
    let codes = Self.codes(rows: 17, columns: 2560)
    // Two panels of 16 rows: 2 bits a code, or 26 groups of 96 columns in 5 lines and 4 lines for the rest.
    #expect(try PackedMatrix(codes, layout: BITNET_PACKED_TWO_BITS).byteCount == 2 * 16 * 2560 / 4)
    #expect(try PackedMatrix(codes, layout: BITNET_PACKED_TRIPLES).byteCount == 2 * (26 * 5 + 4) * 64)
  }

  @Test(arguments: Placement.allCases)
  func kernelsStayInside(_ placement: Placement) {
    for (rows, columns) in [(1, 128), (3, 384), (18, 256), (37, 640), (100, 256)] {
      let panelCount = (rows + 15) / 16
      let codes = GuardedBuffer(
        Array(PackedTernaryFormat.i2_s.encode(Self.codes(rows: rows, columns: columns)).prefix(rows * columns / 4)),
        placement)
      var samples = Samples(rows)
      let q = GuardedBuffer(samples.integers(2 * columns, in: Int8(-127)...127), placement)
      let scales = GuardedBuffer<Float>([3, 4], placement), sums = GuardedBuffer<Int32>([5, 6], placement)
      var outputs: [[UInt32]] = [], panels: [[UInt8]] = []
      var packedBytes: [UInt32: [UInt8]] = [:]
      forEachTable { table, path in
        for (layout, kernels) in [(BITNET_PACKED_TWO_BITS, table.two_bits), (BITNET_PACKED_TRIPLES, table.triples)] {
          let y = GuardedBuffer<Float>(repeating: 0, count: 2 * rows, placement)
          let packed = GuardedBuffer<UInt8>(
            repeating: 9, count: panelCount * bitnet_packed_panel_bytes(layout, columns), placement)
          kernels.pack(codes.pointer, rows, columns, packed.pointer, 0, panelCount)
          kernels.matmul(
            q.pointer, columns, scales.pointer, sums.pointer, 2, packed.pointer, rows, columns, 0, panelCount, 0.5, nil,
            y.pointer, rows)
          let panel = GuardedBuffer<UInt8>(repeating: 9, count: panelCount * 16 * columns, placement)
          kernels.unpack(packed.pointer, columns, panel.pointer, panelCount)
          outputs.append(y.elements.bitPatterns)
          panels.append(panel.elements)
          expectSame(packed.elements, packedBytes[layout.rawValue] ?? packed.elements, "\(path), layout \(layout)")
          packedBytes[layout.rawValue] = packed.elements
          expectIntact(codes, packed, q, scales, sums, y, panel)
        }
      }
      for (output, panel) in zip(outputs, panels) {
        expectSame(output, outputs[0], "[\(rows), \(columns)]")
        expectSame(panel, panels[0], "[\(rows), \(columns)]")
      }
    }
  }

  @Test func codeThreeIsFound() {
    for (byte, value, element) in [(0, 0xC0, 0), (33, 0x03, 128 + 96 + 1), (95, 0x30, 256 + 32 + 31)]
      as [(Int, UInt8, Int)]
    {
      var bytes = PackedTernaryFormat.i2_s.encode(Self.codes(rows: 1, columns: 384))
      bytes[byte] |= value
      let storage = Storage(byteCount: bytes.count)
      storage.pointer.copyMemory(from: bytes, byteCount: bytes.count)
      #expect(throws: PackedTernaryError.invalidCode(element: element)) {
        try PackedMatrix(
          UnsafeRawBufferPointer(start: storage.pointer, count: bytes.count), rows: 1, columns: 384)
      }
    }
  }
}
