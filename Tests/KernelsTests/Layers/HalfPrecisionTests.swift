import CKernels
import Kernels
import Testing

/// Half precision in the kernels is that of `Float16Conversion`, on every path.
@Suite struct HalfPrecisionTests {
  @Test func everyHalfWidens() {
    let halves = (0...UInt16.max).map { $0 }
    let expected = halves.map { Float16Conversion.float(fromBits: $0).bitPattern }
    forEachTable { table, path in
      var widened = [Float](repeating: 0, count: halves.count)
      table.widen_halves(halves, halves.count, &widened)
      let areSame = zip(widened, expected).allSatisfy { $0.bitPattern == $1 }
      #expect(areSame, "\(path)")
      var back = [UInt16](repeating: 0, count: halves.count)
      table.narrow_floats(widened, halves.count, &back)
      let numbersReturn = zip(halves, back).allSatisfy { $0 == $1 || $0 & 0x7FFF > 0x7C00 && $1 & 0x7FFF > 0x7C00 }
      #expect(numbersReturn, "\(path)")
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
    forEachTable { table, path in
      for count in [values.count] + oddLengths {
        var narrowed = [UInt16](repeating: 0, count: count)
        table.narrow_floats(values, count, &narrowed)
        let wrong = narrowed.indices.first { narrowed[$0] != expected[$0] && !values[$0].isNaN }
        #expect(wrong == nil, "\(path): \(values[wrong ?? 0])")
      }
    }
  }
}
