import CKernels

/// A ternary matrix in packed codes, 16 rows interleaved so that outputs lie in the lanes of a vector: the codes of I2_S,
/// repacked once, in the layout that the kernels multiply fastest.
///
/// Products equal those of `TernaryMatrix` bit for bit: the sums are exact integers and scaled by the same expression.
package final class PackedMatrix: Sendable {
  /// Output features.
  package let rows: Int
  /// Input features, a multiple of 128.
  package let columns: Int
  /// The scale of the codes.
  package let gamma: Float
  private let layout: bitnet_packed_layout
  private let storage: Storage
  private let panelCount: Int
  private let panelBytes: Int

  /// Of the packed codes, those of rows that fill the last panel included: a product reads them all.
  package var byteCount: Int { panelCount * panelBytes }

  /// Whether rows of this width have a packed form.
  package static func holds(columns: Int) -> Bool { columns > 0 && columns.isMultiple(of: I2S.blockSize) }

  /// - Parameters:
  ///   - bytes: I2_S, the scale behind the codes.
  ///   - scale: multiplies the stored one.
  ///   - layout: nil: the one that the kernels multiply fastest.
  /// - Throws: `PackedTernaryError` for a code 3 and a scale that is none.
  package init(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, scale: Float = 1, layout: bitnet_packed_layout? = nil
  ) throws {
    let byteCount = PackedTernaryFormat.i2_s.byteCount(codes: rows * columns)
    require(
      Self.holds(columns: columns) && bytes.count == byteCount,
      "\(bytes.count) bytes of codes for a matrix of shape [\(rows), \(columns)]")
    guard let base = bytes.baseAddress else { throw PackedTernaryError.invalidScale(block: 0, scale: 0) }
    let stored = Float(
      bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: rows * columns / 4, as: UInt32.self)))
    guard stored.isFinite, stored >= 0 else { throw PackedTernaryError.invalidScale(block: 0, scale: stored) }
    self.rows = rows
    self.columns = columns
    gamma = stored * scale
    panelCount = (rows + Self.panelRows - 1) / Self.panelRows
    let table = KernelTable.current
    self.layout = layout ?? table.packed_layout
    panelBytes = bitnet_packed_panel_bytes(self.layout, columns)
    storage = Storage(byteCount: panelCount * panelBytes)
    let codes = base.assumingMemoryBound(to: UInt8.self)
    try checkCodes(codes)
    let kernels = packedKernels(of: table)
    ThreadPool.current.forEachRange(of: panelCount, minimumPerThread: Self.minimumPanels(columns)) { range in
      kernels.pack(codes, rows, columns, packed(panel: range.lowerBound), range.lowerBound, range.upperBound)
    }
  }

  /// Packs codes.
  package convenience init(_ matrix: TernaryCodes, layout: bitnet_packed_layout? = nil) throws {
    let bytes = PackedTernaryFormat.i2_s.encode(matrix)
    let storage = Storage(byteCount: bytes.count)
    defer { withExtendedLifetime(storage) {} }
    storage.pointer.copyMemory(from: bytes, byteCount: bytes.count)
    try self.init(
      UnsafeRawBufferPointer(start: storage.pointer, count: bytes.count), rows: matrix.rows, columns: matrix.columns,
      layout: layout)
  }

  private static let panelRows = Int(BITNET_PANEL_COLUMNS)

  private func packed(panel: Int) -> UnsafeMutablePointer<UInt8> {
    storage.elements(of: UInt8.self) + panel * panelBytes
  }

  /// Those for the layout of this matrix.
  private func packedKernels(of table: bitnet_kernels) -> bitnet_packed_kernels {
    layout == BITNET_PACKED_TRIPLES ? table.triples : table.two_bits
  }

  /// Every code is 0, 1 or 2.
  private func checkCodes(_ codes: UnsafePointer<UInt8>) throws {
    let words = rows * columns / 32
    let found = Storage(byteCount: ThreadPool.current.threadCount * 8)
    let firsts = found.elements(of: Int.self)
    for part in 0..<ThreadPool.current.threadCount { firsts[part] = -1 }
    let raw = UnsafeRawPointer(codes)
    ThreadPool.current.forEachPart(of: words, minimumPerThread: 16_384) { part, range in
      var start = range.lowerBound
      while start < range.upperBound {
        // The test of a stretch has no branch and is vectorised.
        let end = min(start + 1024, range.upperBound)
        var invalid: UInt64 = 0
        for word in start..<end {
          let word = raw.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
          invalid |= word & word >> 1 & 0x5555_5555_5555_5555
        }
        if invalid != 0 {
          firsts[part] = start
          return
        }
        start = end
      }
    }
    for part in 0..<ThreadPool.current.threadCount where firsts[part] >= 0 {
      throw PackedTernaryError.invalidCode(element: firstInvalidElement(of: codes, fromByte: firsts[part] * 8))
    }
  }

  private func firstInvalidElement(of codes: UnsafePointer<UInt8>, fromByte first: Int) -> Int {
    for byte in first..<rows * columns / 4 where codes[byte] & codes[byte] >> 1 & 0x55 != 0 {
      let quarters = [6, 4, 2, 0]
      let quarter = quarters.firstIndex { codes[byte] >> UInt8($0) & 3 == 3 } ?? 0
      return byte / I2S.blockBytes * I2S.blockSize + quarter * I2S.blockBytes + byte % I2S.blockBytes
    }
    return first * 4
  }

  /// With fewer rows, products come straight from the packed codes; others unpack a piece of the matrix at a time.
  package static let fewRows = 8
  /// Panels that stay in the second-level cache together with the activations.
  private static let unpackedBytes = 512 * 1024

  /// y = (Σ q·code)·(γ / scale) for every row of `activations`, plus `addend`.
  /// - Parameters:
  ///   - addend: float32 [activations.rows, rows], or nil.
  ///   - output: float32 [activations.rows, rows]; may be `addend`.
  package func multiply(
    _ activations: QuantizedRows, adding addend: UnsafePointer<Float>? = nil, into output: UnsafeMutablePointer<Float>
  ) {
    require(
      activations.columns == columns,
      "activations of width \(activations.columns) for a matrix of shape [\(rows), \(columns)]")
    if activations.rows < Self.fewRows {
      multiplyFew(activations, adding: addend, into: output)
    } else {
      multiplyMany(activations, adding: addend, into: output)
    }
  }

  /// Products of few rows with several matrices of the same width, in one parallel loop.
  /// - Parameters:
  ///   - activations: fewer than `fewRows` rows.
  ///   - products: each output is float32 [activations.rows, matrix.rows].
  package static func multiply(
    _ activations: QuantizedRows, with products: [(matrix: PackedMatrix, output: UnsafeMutablePointer<Float>)]
  ) {
    let columns = activations.columns
    require(
      activations.rows < fewRows && products.allSatisfy { $0.matrix.columns == columns },
      "\(activations.rows) rows of \(columns) for matrices of width \(products.map(\.matrix.columns))")
    let kernels = KernelTable.current
    ThreadPool.current.forEachFreeRange(
      of: products.reduce(0) { $0 + $1.matrix.panelCount }, multipleOf: panelsTogether,
      minimum: minimumPanels(columns)
    ) { range in
      var first = 0
      for (matrix, output) in products {
        let part = range.clamped(to: first..<first + matrix.panelCount)
        if !part.isEmpty {
          let panels = part.lowerBound - first..<part.upperBound - first
          matrix.multiply(activations, panels: panels, adding: nil, into: output, on: kernels)
        }
        first += matrix.panelCount
      }
    }
  }

  /// Panels that a kernel takes side by side at most.
  private static let panelsTogether = 4

  /// Panels that are worth a thread.
  private static func minimumPanels(_ columns: Int) -> Int { max(1, 262_144 / max(1, columns * panelRows)) }

  private func multiplyFew(
    _ activations: QuantizedRows, adding addend: UnsafePointer<Float>?, into output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    ThreadPool.current.forEachFreeRange(
      of: panelCount, multipleOf: Self.panelsTogether, minimum: Self.minimumPanels(columns)
    ) { multiply(activations, panels: $0, adding: addend, into: output, on: kernels) }
  }

  /// On the calling thread.
  private func multiply(
    _ activations: QuantizedRows, panels: Range<Int>, adding addend: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, on kernels: bitnet_kernels
  ) {
    packedKernels(of: kernels).matmul(
      activations.codes, activations.codeStride, activations.scales, activations.sums, activations.rows,
      packed(panel: 0), rows, columns, panels.lowerBound, panels.upperBound, gamma, addend, output, rows)
  }

  private func multiplyMany(
    _ activations: QuantizedRows, adding addend: UnsafePointer<Float>?, into output: UnsafeMutablePointer<Float>
  ) {
    let kernels = KernelTable.current
    let packedKernels = packedKernels(of: kernels)
    let together = max(2, Self.unpackedBytes / (Self.panelRows * columns) / 2 * 2)
    let pool = ThreadPool.current
    let scratches = (0..<pool.threadCount).map { _ in Storage(byteCount: together * Self.panelRows * columns) }
    pool.forEachPart(of: panelCount, multipleOf: 2, minimumPerThread: 2) { part, range in
      let panels = scratches[part].elements(of: UInt8.self)
      for first in stride(from: range.lowerBound, to: range.upperBound, by: together) {
        let last = min(first + together, range.upperBound)
        packedKernels.unpack(packed(panel: first), columns, panels, last - first)
        let column = first * Self.panelRows
        kernels.ternary_matmul(
          activations.codes, activations.codeStride, activations.scales, activations.sums, activations.rows, panels,
          min(last * Self.panelRows, rows) - column, gamma, addend.map { $0 + column }, output + column, rows)
      }
    }
  }
}
