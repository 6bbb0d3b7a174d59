import Kernels
import Testing

@Suite struct RotaryRowOrderTests {
  private static let toHalves = RotaryRowPermutation(from: .interleaved, to: .halves, heads: 2, headDimension: 6)
  private static let toInterleaved = RotaryRowPermutation(from: .halves, to: .interleaved, heads: 2, headDimension: 6)

  @Test func pairsComeApart() {
    // Rows named after where they were: the first of every pair, then the second, head by head.
    #expect(Self.toHalves.apply(Array(0..<12)) == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11])
    #expect(Self.toInterleaved.apply(Array(0..<12)) == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11])
    #expect((0..<12).map { Self.toHalves.source(ofRow: $0) } == [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11])
  }

  /// Row i of the interleaved order is feature i / 2 of half i % 2.
  @Test(arguments: [(1, 2), (3, 8), (5, 64), (20, 128)]) func theClosedForm(heads: Int, dimension: Int) {
    let permutation = RotaryRowPermutation(from: .halves, to: .interleaved, heads: heads, headDimension: dimension)
    for row in 0..<heads * dimension {
      let (head, place) = (row / dimension, row % dimension)
      #expect(permutation.source(ofRow: row) == head * dimension + place % 2 * (dimension / 2) + place / 2)
    }
  }

  @Test(arguments: [(1, 2), (3, 8), (7, 6), (2, 64)]) func thereAndBackIsNothing(heads: Int, dimension: Int) {
    let there = RotaryRowPermutation(from: .interleaved, to: .halves, heads: heads, headDimension: dimension)
    let back = RotaryRowPermutation(from: .halves, to: .interleaved, heads: heads, headDimension: dimension)
    let none = RotaryRowPermutation(from: .halves, to: .halves, heads: heads, headDimension: dimension)
    var samples = Samples(heads)
    let values = samples.floats(heads * dimension * 3)
    #expect(back.apply(there.apply(values)) == values && there.apply(back.apply(values)) == values)
    #expect(none.apply(values) == values)
    #expect(dimension == 2 || there.apply(values) != values)
  }

  @Test func codesAndTheirBytesMoveAlike() throws {
    var samples = Samples(3)
    let codes = TernaryCodes(rows: 12, columns: 256, scale: 0.5, codes: samples.integers(12 * 256, in: -1...1))
    let moved = Self.toHalves.apply(codes)
    #expect(moved.scale == 0.5 && moved.rows == 12 && moved.columns == 256)
    #expect(Array(moved.codes[256..<512]) == Array(codes.codes[512..<768]))
    for format in [PackedTernaryFormat.tq1_0, .tq2_0] {
      let bytes = format.encode(codes)
      #expect(format.encode(moved) == Self.toHalves.apply(bytes), "\(format)")
    }
    // I2_S: the rows without the tail.
    let (bytes, expected) = (PackedTernaryFormat.i2_s.encode(codes), PackedTernaryFormat.i2_s.encode(moved))
    #expect(Self.toHalves.apply(Array(bytes.dropLast(32))) == Array(expected.dropLast(32)))
  }
}
