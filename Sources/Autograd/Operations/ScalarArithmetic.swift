extension Tensor {
  /// x + c for every element.
  public static func + (left: Tensor, right: Float) -> Tensor {
    left.mapped { $0 + right }.recorded(from: left, by: IdentityBackward())
  }

  /// c + x for every element.
  public static func + (left: Float, right: Tensor) -> Tensor { right + left }

  /// x − c for every element.
  public static func - (left: Tensor, right: Float) -> Tensor { left + -right }

  /// c − x for every element.
  public static func - (left: Float, right: Tensor) -> Tensor {
    right.mapped { left - $0 }.recorded(from: right, by: ScaleBackward(factor: -1))
  }

  /// c·x for every element.
  public static func * (left: Tensor, right: Float) -> Tensor {
    left.mapped { $0 * right }.recorded(from: left, by: ScaleBackward(factor: right))
  }

  /// c·x for every element.
  public static func * (left: Float, right: Tensor) -> Tensor { right * left }

  /// x/c for every element.
  public static func / (left: Tensor, right: Float) -> Tensor {
    left.mapped { $0 / right }.recorded(from: left, by: ScaleBackward(factor: 1 / right))
  }

  /// c/x for every element.
  public static func / (left: Float, right: Tensor) -> Tensor {
    let quotient = right.mapped { left / $0 }
    return quotient.recorded(from: right, by: ReciprocalBackward(operand: right.detached, quotient: quotient))
  }

  public static func += (left: inout Tensor, right: Float) { left = left + right }
  public static func -= (left: inout Tensor, right: Float) { left = left - right }
  public static func *= (left: inout Tensor, right: Float) { left = left * right }
  public static func /= (left: inout Tensor, right: Float) { left = left / right }
}

/// y = c·x + constant: dx = c·dy. Saves c.
private struct ScaleBackward: BackwardOperation {
  let factor: Float

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    inputs.add(outputGradient * factor, to: 0)
  }
}

/// y = c/x: dx = −dy·y/x. Saves x and y.
private struct ReciprocalBackward: BackwardOperation {
  let operand: Tensor
  let quotient: Tensor

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    let slope = broadcastMap(quotient, operand) { -$0 / $1 }
    inputs.add(outputGradient * slope, to: 0)
  }
}
