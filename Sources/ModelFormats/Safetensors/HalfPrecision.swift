extension Float {
  /// The exact value of an IEEE 754 binary16 bit pattern. (`Float16` does not exist on every platform.)
  package init(halfPrecisionBitPattern bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      // Subnormal: fraction · 2⁻²⁴.
      let magnitude = Float(fraction) * Float(bitPattern: 0x3380_0000)
      self.init(bitPattern: magnitude.bitPattern | sign)
    case 0x1F:
      self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
