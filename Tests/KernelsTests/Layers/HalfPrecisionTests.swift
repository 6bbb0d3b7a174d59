import CKernels
import Kernels
import Testing

/// Half precision in packed values is that of `Float16Conversion`, on every path.
@Suite struct HalfPrecisionTests {
  /// One head of one token, as wide as there are values.
  struct Token {
    let shape: bitnet_attention_shape
    private var keys: [UInt16]
    private(set) var values: [UInt16]

    init(_ numbers: [Float], _ kernels: bitnet_kernels) {
      shape = .init(
        head_dimension: numbers.count, padded_dimension: (numbers.count + 15) / 16 * 16, scale: 1, in_halves: 1)
      keys = [UInt16](repeating: 0xFFFF, count: Int(BITNET_KEY_BLOCK) * shape.head_dimension)
      values = [UInt16](repeating: 0xFFFF, count: shape.padded_dimension)
      let zeros = [Float](repeating: 0, count: numbers.count)
      kernels.attention_pack(zeros, numbers, numbers.count, 0, 1, shape, &keys, &values)
    }

    /// A token that sees itself alone gives its value.
    func attended(_ kernels: bitnet_kernels) -> [Float] {
      let query = [Float](repeating: 0, count: shape.head_dimension)
      var output = query
      var scratch = [Float](repeating: .nan, count: bitnet_attention_scratch(shape))
      kernels.attention_forward(
        query, query.count, 0, 1, 1, nil, keys, values, shape, &output, query.count, nil, &scratch)
      return output
    }
  }

  @Test func everyHalfIsKept() {
    let halves = (0...UInt16.max).filter { $0 & 0x7FFF <= 0x7C00 }
    let numbers = halves.map { Float16Conversion.float(fromBits: $0) }
    forEachTable { kernels, path in
      let token = Token(numbers, kernels)
      let areKept = token.values.starts(with: halves)
      #expect(areKept, "\(path)")
      let comeBack = token.attended(kernels) == numbers
      #expect(comeBack, "\(path)")
    }
  }

  @Test func floatsRoundToEven() {
    var samples = Samples(5)
    var values = samples.integers(100_000, in: UInt32.min...UInt32.max).map(Float.init(bitPattern:))
    values += samples.floats(20_000, magnitude: 70_000) + samples.floats(20_000, magnitude: 1e-4)
    values += [
      65_519.996, 65_520, -65_520, 0x1p-24, 0x1p-25, 0x1.8p-25, 0x1p-14, 0x1.FFEp-15, 0, -0.0, .infinity, .nan,
    ]
    // Half-way cases between neighbours.
    values += (0..<1000).map { (Float($0) + 0.5) * 0x1p-10 + 1 }
    let expected = values.map { Float16Conversion.bits(from: $0) }
    forEachTable { kernels, path in
      for count in [values.count] + oddLengths where count > 0 {
        let stored = Token(Array(values.prefix(count)), kernels).values
        let wrong = (0..<count).first { stored[$0] != expected[$0] && !values[$0].isNaN }
        #expect(wrong == nil, "\(path): \(values[wrong ?? 0])")
        #expect(stored[count...].allSatisfy { $0 == 0 }, "\(path): behind \(count) values")
      }
    }
  }

  @Test func notANumberStaysOne() {
    let numbers: [Float] = [1, .nan, -.nan, .signalingNaN, .infinity]
    forEachTable { kernels, path in
      let isNaN = Token(numbers, kernels).attended(kernels).map(\.isNaN)
      #expect(isNaN == [false, true, true, true, false], "\(path)")
    }
  }
}
