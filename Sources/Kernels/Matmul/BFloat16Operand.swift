/// An operand of a bfloat16 product in the layout of the kernels, rows or columns and depth padded to multiples of 32.
final class BFloat16Operand {
  let depth: Int
  private let storage: Storage

  /// - Parameter extent: rows of a left operand, columns of a right one.
  init(extent: Int, depth: Int) {
    self.depth = Self.padded(depth)
    storage = Storage(byteCount: Self.padded(extent) * self.depth * 2)
  }

  var elements: UnsafeMutablePointer<UInt16> { storage.elements() }

  static func padded(_ extent: Int) -> Int { (extent + 31) / 32 * 32 }
}
