extension TernaryCodes {
  /// Masters whose codes and scale these are again, to the bit.
  ///
  /// Code times scale would not do: the mean magnitude of such a matrix is the scale less the share of its zeros. So the
  /// magnitude is larger by as much, and of two neighbouring numbers of the format the first elements have the larger, as
  /// many as make the mean exact.
  /// - Parameter format: f32, f16 or bf16, which every number fits.
  /// - Returns: float32 [rows, columns]; nil when no numbers of the format have this scale.
  package func masters(in format: StoredFloatFormat, _ configuration: BitLinearConfiguration) -> [Float]? {
    let nonzero = codes.count { $0 != 0 }
    // A matrix of zeros is one under every scale.
    guard nonzero > 0 else { return [Float](repeating: 0, count: codes.count) }
    guard scale > 0, scale.isFinite, let quantizer = configuration.weightQuantization.quantizer else { return nil }
    let magnitude = Float(Double(scale) * Double(codes.count) / Double(nonzero))
    func measured(_ values: [Float]) -> Float {
      values.withUnsafeBufferPointer { values in
        values.baseAddress.map {
          quantizer.rule(
            for: WeightValues($0, rows: rows, columns: columns), scaleDataType: configuration.scaleDataType
          ).scale
        } ?? 0
      }
    }
    // Sums of many equal numbers are rounded the same way every time, so the right magnitude may be some steps away.
    for steps in [0, 1, 2, 4, 8, 16] {
      guard let (below, above) = format.neighbours(of: magnitude, steps: steps) else { return nil }
      guard measured(values(above, above, 0)) >= scale, measured(values(below, below, 0)) <= scale else { continue }
      // The mean grows with the number of elements that have the larger magnitude.
      var (least, most) = (0, nonzero)
      while least < most {
        let middle = (least + most) / 2
        if measured(values(above, below, middle)) < scale { least = middle + 1 } else { most = middle }
      }
      let masters = values(above, below, least)
      return isQuantized(masters, configuration) ? masters : nil
    }
    return nil
  }

  /// - Parameter count: of the first elements that are not 0, which have the larger magnitude.
  private func values(_ larger: Float, _ smaller: Float, _ count: Int) -> [Float] {
    var left = count
    return codes.map { code in
      guard code != 0 else { return 0 }
      left -= 1
      return Float(code) * (left >= 0 ? larger : smaller)
    }
  }

  private func isQuantized(_ values: [Float], _ configuration: BitLinearConfiguration) -> Bool {
    values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return false }
      let matrix = TernaryMatrix(quantizing: start, rows: rows, columns: columns, configuration: configuration)
      return matrix.gamma == scale && matrix.codes() == codes
    }
  }
}

extension StoredFloatFormat {
  /// The numbers of a format some steps below and above the one that is nearest to a positive number; nil outside the
  /// range of the format.
  fileprivate func neighbours(of value: Float, steps: Int) -> (below: Float, above: Float)? {
    func pair<Bits: FixedWidthInteger>(_ bits: Bits, _ number: (Bits) -> Float) -> (below: Float, above: Float)? {
      // Bit patterns of positive numbers are in the order of the numbers.
      let steps = Bits(steps)
      guard bits > steps, number(bits + steps).isFinite else { return nil }
      return (number(bits - steps), number(bits + steps))
    }
    guard value > 0, value.isFinite else { return nil }
    switch self {
    case .float32: return pair(value.bitPattern) { Float(bitPattern: $0) }
    case .float16: return pair(Float16Conversion.bits(from: value)) { Float16Conversion.float(fromBits: $0) }
    case .bfloat16: return pair(BFloat16(value).bitPattern) { BFloat16(bitPattern: $0).floatValue }
    case .q8_0: return nil
    }
  }
}
