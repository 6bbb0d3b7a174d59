#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tensor {
  /// Elementwise xᵖ.
  public func power(_ exponent: Float) -> Tensor {
    mapped { raise($0, to: exponent) }
      .recorded(from: self, by: ConstantPowerBackward(base: detached, exponent: exponent))
  }

  /// Elementwise aᵇ, with broadcasting; the gradient of the exponent exists for positive bases.
  public func power(_ exponent: Tensor) -> Tensor {
    let result = broadcastMap(self, exponent) { powf($0, $1) }
    let operation = PowerBackward(base: detached, exponent: exponent.detached, result: result)
    return result.recorded(from: self, exponent, by: operation)
  }
}

/// The powers in common use need no logarithm.
@inline(__always)
private func raise(_ base: Float, to exponent: Float) -> Float {
  switch exponent {
  case 0: 1
  case 1: base
  case 2: base * base
  case 3: base * base * base
  default: powf(base, exponent)
  }
}

/// y = xᵖ: dx = dy·p·xᵖ⁻¹. Saves x and p.
private struct ConstantPowerBackward: BackwardOperation {
  let base: Tensor
  let exponent: Float

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    // A constant has no slope, not even where x⁻¹ is infinite.
    guard exponent != 0 else { return inputs.add(.zeros(base.shape), to: 0) }
    let gradient = broadcastMap(outputGradient, base) { $0 * exponent * raise($1, to: exponent - 1) }
    inputs.add(gradient, to: 0)
  }
}

/// y = aᵇ: da = dy·b·aᵇ⁻¹, db = dy·y·ln a. Saves a, b and y.
private struct PowerBackward: BackwardOperation {
  let base: Tensor
  let exponent: Tensor
  let result: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    if inputs.wants(0) {
      inputs.add(outputGradient * broadcastMap(base, exponent) { $1 == 0 ? 0 : $1 * powf($0, $1 - 1) }, to: 0)
    }
    if inputs.wants(1) {
      inputs.add(outputGradient * broadcastMap(result, base) { $0 == 0 ? 0 : $0 * logf($1) }, to: 1)
    }
  }
}
