import Kernels
import Testing

@Suite struct BFloat16Tests {
  @Test func everyValueSurvivesTheRoundTrip() {
    for pattern in UInt16.min...UInt16.max {
      let value = BFloat16(bitPattern: pattern).floatValue
      let back = BFloat16(value)
      if value.isNaN {
        if !back.floatValue.isNaN { Issue.record("the NaN \(pattern) became \(back.floatValue)") }
      } else if back.bitPattern != pattern {
        Issue.record("pattern \(pattern) came back as \(back.bitPattern)")
      }
    }
  }

  /// Against a rounding by distances instead of bits.
  @Test func roundsToTheNearest() {
    var random = RandomStream(seed: 2, purpose: .initialization)
    for _ in 0..<20_000 {
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      guard value.isFinite, abs(value) < 1e38 else { continue }
      let towardsZero = UInt16(value.bitPattern >> 16)
      let (near, far) = (BFloat16(bitPattern: towardsZero).floatValue, BFloat16(bitPattern: towardsZero + 1).floatValue)
      let (down, up) = (abs(Double(value) - Double(near)), abs(Double(far) - Double(value)))
      let rounded = BFloat16(value).floatValue
      if down != up && rounded != (down < up ? near : far) { Issue.record("\(value) became \(rounded)") }
    }
  }

  @Test(
    arguments: [
      (0x3F80_8000, 0x3F80), (0x3F81_8000, 0x3F82), (0x3F80_8001, 0x3F81), (0x3F80_7FFF, 0x3F80),
      (0xBF81_8000, 0xBF82), (0x7F7F_FFFF, 0x7F80), (0x0000_8000, 0x0000), (0x0001_8000, 0x0002),
    ] as [(UInt32, UInt16)])
  func tiesGoToEven(_ bits: UInt32, _ expected: UInt16) {
    #expect(BFloat16(Float(bitPattern: bits)).bitPattern == expected)
  }

  @Test func specialValues() {
    #expect(BFloat16(.infinity).bitPattern == 0x7F80)
    #expect(BFloat16(-.infinity).bitPattern == 0xFF80)
    #expect(BFloat16(-0.0).bitPattern == 0x8000)
    // A NaN whose payload lies in the lower half only.
    #expect(BFloat16(Float(bitPattern: 0x7F80_0001)).floatValue.isNaN)
    #expect(BFloat16(Float(bitPattern: 0xFFFF_FFFF)).floatValue.isNaN)
  }
}
