import Kernels
import Testing

@Suite struct Float16ConversionTests {
  /// The value a bit pattern stands for, from the definition of binary16.
  static func value(_ bits: UInt16) -> Double {
    let (exponent, fraction) = (Int(bits >> 10) & 31, Double(bits & 0x3FF))
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    switch exponent {
    case 31: return fraction == 0 ? sign * .infinity : .nan
    case 0: return sign * fraction * 0x1p-24
    default: return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }

  @Test func everyPatternWidensToItsValueAndBack() {
    var wrong: [UInt16] = []
    for bits in UInt16.min...UInt16.max {
      let (value, expected) = (Float16Conversion.float(fromBits: bits), Self.value(bits))
      let isRight =
        expected.isNaN
        ? value.isNaN && Float16Conversion.bits(from: value) & 0x7E00 == 0x7E00
        : Double(value) == expected && value.sign == (bits & 0x8000 == 0 ? .plus : .minus)
          && Float16Conversion.bits(from: value) == bits
      if !isRight { wrong.append(bits) }
    }
    #expect(wrong.isEmpty)
  }

  /// Between every two neighbours: the middle goes to the even one, what lies on either side of it to the nearer one.
  @Test func roundsToNearestEven() {
    var wrong: [UInt16] = []
    for lower in UInt16(0)..<0x7BFF {
      let middle = Float((Self.value(lower) + Self.value(lower + 1)) / 2)
      let even = lower % 2 == 0 ? lower : lower + 1
      let isRight =
        Float16Conversion.bits(from: middle) == even && Float16Conversion.bits(from: -middle) == even | 0x8000
        && Float16Conversion.bits(from: middle.nextDown) == lower
        && Float16Conversion.bits(from: middle.nextUp) == lower + 1
      if !isRight { wrong.append(lower) }
    }
    #expect(wrong.isEmpty)
  }

  @Test func theEndsOfTheRange() {
    #expect(Float16Conversion.roundedToFloat16(65_504) == 65_504)
    #expect(Float16Conversion.roundedToFloat16(Float(65_520).nextDown) == 65_504)
    #expect(Float16Conversion.roundedToFloat16(65_520) == .infinity)
    #expect(Float16Conversion.roundedToFloat16(-1e30) == -.infinity)
    #expect(Float16Conversion.roundedToFloat16(0x1p-25) == 0)
    #expect(Float16Conversion.roundedToFloat16(Float(0x1p-25).nextUp) == 0x1p-24)
    #expect(Float16Conversion.roundedToFloat16(-1e-30).sign == .minus)
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    @Test func agreesWithTheStandardLibrary() {
      var samples = Samples(1)
      let patterns = samples.integers(200_000, in: UInt32.min...UInt32.max)
      let wrong = patterns.filter { pattern in
        let value = Float(bitPattern: pattern)
        return !value.isNaN && Float16Conversion.bits(from: value) != Float16(value).bitPattern
      }
      #expect(wrong.isEmpty)
    }
  #endif
}
