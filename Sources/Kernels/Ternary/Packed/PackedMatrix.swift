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

  /// Room for the codes; who calls it packs them.
  /// - Throws: `PackedTernaryError` for a scale that is none.
  private init(rows: Int, columns: Int, scale: Float, layout: bitnet_packed_layout?) throws {
    require(Self.holds(columns: columns), "rows of \(columns) codes in blocks of \(I2S.blockSize)")
    guard scale.isFinite, scale >= 0 else { throw PackedTernaryError.invalidScale(block: 0, scale: scale) }
    self.rows = rows
    self.columns = columns
    gamma = scale
    panelCount = (rows + Self.panelRows - 1) / Self.panelRows
    self.layout = layout ?? KernelTable.current.packed_layout
    panelBytes = bitnet_packed_panel_bytes(self.layout, columns)
    storage = Storage(byteCount: panelCount * panelBytes)
  }

  /// - Parameters:
  ///   - bytes: I2_S, the scale behind the codes.
  ///   - scale: multiplies the stored one.
  ///   - layout: nil: the one that the kernels multiply fastest.
  /// - Throws: `PackedTernaryError` for a code 3 and a scale that is none.
  package convenience init(
    _ bytes: UnsafeRawBufferPointer, rows: Int, columns: Int, scale: Float = 1, layout: bitnet_packed_layout? = nil
  ) throws {
    require(
      bytes.count == PackedTernaryFormat.i2_s.byteCount(codes: rows * columns),
      "\(bytes.count) bytes of codes for a matrix of shape [\(rows), \(columns)]")
    guard let base = bytes.baseAddress else { throw PackedTernaryError.invalidScale(block: 0, scale: 0) }
    let stored = try I2S.scale(base + rows * columns / 4)
    try self.init(rows: rows, columns: columns, scale: stored * scale, layout: layout)
    let codes = base.assumingMemoryBound(to: UInt8.self)
    try checkCodes(codes)
    let kernels = packedKernels(of: KernelTable.current)
    ThreadPool.current.forEachRange(of: panelCount, minimumPerThread: Self.minimumPanels(columns)) { range in
      kernels.pack(codes, rows, columns, packed(panel: range.lowerBound), range.lowerBound, range.upperBound)
    }
  }

  /// Packs the codes of one row after the other.
  /// - Parameters:
  ///   - scale: of the codes.
  ///   - row: writes the codes of a row as I2_S, blocks of 128 without a scale; called from several threads.
  /// - Throws: `PackedTernaryError` for a code 3 and a scale that is none.
  convenience init(
    rows: Int, columns: Int, scale: Float, layout: bitnet_packed_layout?,
    row: (_ row: Int, _ codes: UnsafeMutablePointer<UInt8>) -> Void
  ) throws {
    try self.init(rows: rows, columns: columns, scale: scale, layout: layout)
    let (kernels, pool, rowBytes) = (packedKernels(of: KernelTable.current), ThreadPool.current, columns / 4)
    let scratch = Storage(byteCount: pool.threadCount * Self.panelRows * rowBytes)
    try findingInvalidCodes { invalidElements in
      pool.forEachPart(of: panelCount, minimumPerThread: Self.minimumPanels(columns)) { part, range in
        let codes = scratch.elements(of: UInt8.self) + part * Self.panelRows * rowBytes
        for panel in range {
          let first = panel * Self.panelRows
          let count = min(Self.panelRows, rows - first)
          for lane in 0..<count { row(first + lane, codes + lane * rowBytes) }
          if let element = Self.firstInvalidElement(of: codes, bytes: 0..<count * rowBytes) {
            invalidElements[part] = first * columns + element
            return
          }
          kernels.pack(codes, count, columns, packed(panel: panel), 0, 1)
        }
      }
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
    try findingInvalidCodes { invalidElements in
      ThreadPool.current.forEachPart(of: rows * columns / 4, multipleOf: 8, minimumPerThread: 131_072) { part, range in
        if let element = Self.firstInvalidElement(of: codes, bytes: range) { invalidElements[part] = element }
      }
    }
  }

  /// - Parameter body: notes for every part of a loop the first element with the code 3.
  /// - Throws: `PackedTernaryError` for the first of them.
  private func findingInvalidCodes(_ body: (_ elements: UnsafeMutablePointer<Int>) -> Void) throws {
    let count = ThreadPool.current.threadCount
    let storage = Storage(byteCount: count * MemoryLayout<Int>.size)
    let first = withExtendedLifetime(storage) {
      let elements = storage.elements(of: Int.self)
      elements.update(repeating: .max, count: count)
      body(elements)
      return (0..<count).map { elements[$0] }.min() ?? .max
    }
    guard first == .max else { throw PackedTernaryError.invalidCode(element: first) }
  }

  /// The first element with the code 3, from the start of `codes`.
  /// - Parameter range: bytes that are looked at; begins and ends at multiples of 8.
  private static func firstInvalidElement(of codes: UnsafePointer<UInt8>, bytes range: Range<Int>) -> Int? {
    let raw = UnsafeRawPointer(codes)
    var start = range.lowerBound / 8
    while start < range.upperBound / 8 {
      // The test of a stretch has no branch and is vectorised.
      let end = min(start + 1024, range.upperBound / 8)
      var invalid: UInt64 = 0
      for word in start..<end {
        let word = raw.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self)
        invalid |= word & word >> 1 & 0x5555_5555_5555_5555
      }
      if invalid != 0 {
        let byte = (start * 8..<end * 8).first { codes[$0] & codes[$0] >> 1 & 0x55 != 0 }
        return byte.map { element(ofByte: $0, codes[$0]) }
      }
      start = end
    }
    return nil
  }

  /// The element whose code 3 is found in a byte.
  private static func element(ofByte offset: Int, _ byte: UInt8) -> Int {
    let quarter = [6, 4, 2, 0].firstIndex { byte >> UInt8($0) & 3 == 3 } ?? 0
    return offset / I2S.blockBytes * I2S.blockSize + quarter * I2S.blockBytes + offset % I2S.blockBytes
  }

  /// Writes the codes as the panels of products of many rows: [columns / 4][16][4] bytes of code + 1 each.
  /// - Parameter panels: an even number of them, `panelCount` rounded up.
  func unpack(into panels: UnsafeMutablePointer<UInt8>) {
    let kernels = packedKernels(of: KernelTable.current)
    ThreadPool.current.forEachRange(of: panelCount, minimumPerThread: Self.minimumPanels(columns)) { range in
      kernels.unpack(
        packed(panel: range.lowerBound), columns, panels + range.lowerBound * Self.panelRows * columns, range.count)
    }
  }

  /// Whether a product with so many rows comes straight from the packed codes; with more of them, a piece of the matrix at
  /// a time is unpacked. With AVX-512, codes of 2 bits cost little more than unpacked ones; the tile unit wants those, and
  /// narrower vectors are measured no faster either way or slower.
  package func multipliesPacked(rows: Int) -> Bool {
    rows <= (layout == BITNET_PACKED_TWO_BITS && KernelPath.current == .avx512 ? 32 : 7)
  }

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
    if multipliesPacked(rows: activations.rows) {
      multiplyFew(activations, adding: addend, into: output)
    } else {
      multiplyMany(activations, adding: addend, into: output)
    }
  }

  /// Products of few rows with several matrices of the same width, in one parallel loop.
  /// - Parameters:
  ///   - activations: as few rows as all of them multiply packed.
  ///   - products: each output is float32 [activations.rows, matrix.rows].
  package static func multiply(
    _ activations: QuantizedRows, with products: [(matrix: PackedMatrix, output: UnsafeMutablePointer<Float>)]
  ) {
    let columns = activations.columns
    require(
      products.allSatisfy { $0.matrix.columns == columns && $0.matrix.multipliesPacked(rows: activations.rows) },
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
