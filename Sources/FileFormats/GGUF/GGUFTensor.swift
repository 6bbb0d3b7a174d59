/// One tensor of a GGUF file.
public struct GGUFTensor: Equatable, Sendable {
  public let name: String
  public let type: GGUFTensorType
  /// Row-major, the slowest dimension first: `[out, in]` for matrices. The file has them the other way round.
  public let shape: [Int]
  /// Where the elements lie, counted from the start of the file. A multiple of the file's alignment.
  public let byteRange: Range<Int>

  public var elementCount: Int { shape.reduce(1, *) }
  /// Width of a row: the last dimension.
  public var columns: Int { shape.last ?? 1 }
  /// Product of all other dimensions.
  public var rows: Int { shape.dropLast().reduce(1, *) }
}
