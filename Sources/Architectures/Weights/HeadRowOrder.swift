import Kernels

/// The order of the rows of query and key matrices: the files of llama.cpp's `llama` and of llama2.c rotate neighbouring
/// rows of a head against each other, Hugging Face its two halves.
///
/// Row 2i + h of an interleaved head is row i + h · headDimension / 2 of the other order.
package struct HeadRowOrder {
  private let heads: Int
  private let headDimension: Int

  /// nil for tensors whose rows are no queries or keys.
  package init?(_ parameter: ModelParameter, _ architecture: Architecture) {
    switch parameter.role {
    case .matrix(.query), .bias(.query): heads = architecture.attentionHeadCount
    case .matrix(.key), .bias(.key): heads = architecture.keyValueHeadCount
    default: return nil
    }
    headDimension = architecture.headDimension
  }

  /// - Parameter matrix: the name of the weight that a factor of an adapter belongs to.
  init?(_ matrix: String, _ architecture: Architecture) {
    guard let parameter = architecture.parameters.first(where: { $0.name == matrix }) else { return nil }
    self.init(parameter, architecture)
  }

  /// From the interleaved order to that of Hugging Face. What stands behind the rows, such as a scale, is copied too.
  /// - Parameters:
  ///   - bytes: rows of the same size, in any encoding.
  ///   - rowBytes: of one row.
  package func deinterleaved(_ bytes: UnsafeRawBufferPointer, rowBytes: Int) -> Storage {
    reordered(bytes, rowBytes) { half, index in (from: 2 * index + half, to: index + half * headDimension / 2) }
  }

  /// From the order of Hugging Face to the interleaved one.
  package func interleaved(_ bytes: UnsafeRawBufferPointer, rowBytes: Int) -> Storage {
    reordered(bytes, rowBytes) { half, index in (from: index + half * headDimension / 2, to: 2 * index + half) }
  }

  private func reordered(
    _ bytes: UnsafeRawBufferPointer, _ rowBytes: Int, _ place: (_ half: Int, _ index: Int) -> (from: Int, to: Int)
  ) -> Storage {
    let storage = Storage(byteCount: bytes.count)
    guard let source = bytes.baseAddress else { return storage }
    let rows = heads * headDimension * rowBytes
    require(bytes.count >= rows, "\(bytes.count) bytes for \(heads) heads of \(headDimension) rows of \(rowBytes)")
    for head in 0..<heads {
      for half in 0..<2 {
        for index in 0..<headDimension / 2 {
          let (from, to) = place(half, index)
          let first = head * headDimension
          (storage.pointer + (first + to) * rowBytes)
            .copyMemory(from: source + (first + from) * rowBytes, byteCount: rowBytes)
        }
      }
    }
    if rows < bytes.count { (storage.pointer + rows).copyMemory(from: source + rows, byteCount: bytes.count - rows) }
    return storage
  }

  /// A row-major matrix of whole heads in the interleaved order.
  package func interleaved(_ values: [Float]) -> [Float] {
    values.withUnsafeBytes { bytes in
      let storage = interleaved(bytes, rowBytes: bytes.count / (heads * headDimension))
      return withExtendedLifetime(storage) {
        Array(UnsafeBufferPointer(start: storage.elements(of: Float.self), count: values.count))
      }
    }
  }

  package func deinterleaved(_ values: [Float]) -> [Float] {
    values.withUnsafeBytes { bytes in
      let storage = deinterleaved(bytes, rowBytes: bytes.count / (heads * headDimension))
      return withExtendedLifetime(storage) {
        Array(UnsafeBufferPointer(start: storage.elements(of: Float.self), count: values.count))
      }
    }
  }

  package func interleaved(_ matrix: TernaryCodes) -> TernaryCodes {
    let codes = matrix.codes.withUnsafeBytes { bytes in
      let storage = interleaved(bytes, rowBytes: matrix.columns)
      return withExtendedLifetime(storage) {
        Array(UnsafeBufferPointer(start: storage.elements(of: Int8.self), count: matrix.codes.count))
      }
    }
    return TernaryCodes(rows: matrix.rows, columns: matrix.columns, scale: matrix.scale, codes: codes)
  }
}
