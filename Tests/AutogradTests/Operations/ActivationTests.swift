import Autograd
import ComplexModule
import Testing

@Suite struct ActivationTests {
  static let shapes: [[Int]] = [[], [7], [3, 5], [2, 3, 5], [2, 3, 1, 5]]

  private func check(
    _ shape: [Int], _ values: Values, _ operation: (Tensor) -> Tensor,
    _ reference: (Complex<Double>) -> Complex<Double>, location: SourceLocation = #_sourceLocation
  ) {
    checkGradients([shape], values: values, sourceLocation: location) {
      operation($0[0])
    } reference: {
      $0[0].map(reference)
    }
  }

  @Test(arguments: shapes) func exponential(_ shape: [Int]) {
    check(shape, .uniform(-2...2), { $0.exp() }, { .exp($0) })
  }

  @Test(arguments: shapes) func logarithm(_ shape: [Int]) {
    check(shape, .uniform(0.2...3), { $0.log() }, { .log($0) })
  }

  @Test(arguments: shapes) func hyperbolicTangent(_ shape: [Int]) {
    check(shape, .uniform(-2...2), { $0.tanh() }, { .tanh($0) })
  }

  @Test(arguments: shapes) func logSigmoid(_ shape: [Int]) {
    check(shape, .uniform(-6...6), { $0.logSigmoid() }, { -.log(1 + .exp(-$0)) })
  }

  @Test func logSigmoidDoesNotOverflow() {
    #expect(Tensor([-200, 0, 200], shape: [3]).logSigmoid().scalars == [-200, -Float(2).logarithm, 0])
  }

  @Test(arguments: shapes) func sigmoid(_ shape: [Int]) {
    check(shape, .uniform(-6...6), { $0.sigmoid() }, { 1 / (1 + .exp(-$0)) })
  }

  @Test(arguments: shapes) func silu(_ shape: [Int]) {
    check(shape, .uniform(-6...6), { $0.silu() }, { $0 / (1 + .exp(-$0)) })
  }

  @Test(arguments: shapes) func relu(_ shape: [Int]) {
    check(shape, .uniform(-2...2, avoiding: [0]), { $0.relu() }, { $0.real > 0 ? $0 : 0 })
  }

  @Test(arguments: shapes) func squaredReLU(_ shape: [Int]) {
    check(shape, .uniform(-2...2), { $0.squaredReLU() }, { $0.real > 0 ? $0 * $0 : 0 })
  }

  @Test(arguments: shapes) func squareRoot(_ shape: [Int]) {
    check(shape, .uniform(0.2...3), { $0.squareRoot() }, { .sqrt($0) })
  }

  @Test(arguments: shapes) func absoluteValue(_ shape: [Int]) {
    check(shape, .uniform(-2...2, avoiding: [0]), { $0.absoluteValue() }, { $0.real > 0 ? $0 : -$0 })
  }

  @Test(arguments: shapes) func clamp(_ shape: [Int]) {
    check(shape, .uniform(-2...2, avoiding: [-0.5, 1]), { $0.clamped(to: -0.5...1) }) { x in
      x.real < -0.5 ? Complex(-0.5) : x.real > 1 ? 1 : x
    }
  }

  @Test(arguments: [0, 1, 2, 3, -1, 0.5, 2.5] as [Float]) func power(_ exponent: Float) {
    check([3, 5], .uniform(0.3...2), { $0.power(exponent) }) { x in
      exponent == 0 ? 1 : .exp(Complex(Double(exponent)) * .log(x))
    }
  }

  @Test func integralPowersOfNegativeNumbers() {
    check([3, 5], .uniform(-2...2), { $0.power(2) }, { $0 * $0 })
    check([3, 5], .uniform(-2...2), { $0.power(3) }, { $0 * $0 * $0 })
  }

  /// At the kinks the convention of PyTorch holds.
  @Test func kinks() {
    func slope(at point: Float, _ operation: (Tensor) -> Tensor) -> Float? {
      let parameter = Parameter(Tensor(point))
      operation(parameter.tensor).backward()
      return parameter.gradient?.item
    }
    #expect(slope(at: 0) { $0.relu() } == 0)
    #expect(slope(at: 0) { $0.squaredReLU() } == 0)
    #expect(slope(at: 0) { $0.absoluteValue() } == 0)
    #expect(slope(at: 1) { $0.clamped(to: -1...1) } == 1)
  }

  @Test func extremes() {
    let x = Tensor([-200, -90, 0, 90, 200], shape: [5])
    #expect(x.sigmoid().scalars == [0, 1 / (1 + expOf90), 0.5, 1, 1])
    #expect(x.silu().scalars.allSatisfy { $0.isFinite })
    #expect(Tensor([.nan], shape: [1]).relu().item.isNaN)
    #expect(Tensor([.nan], shape: [1]).clamped(to: 0...1).item.isNaN)
  }

  private var expOf90: Float { Tensor(90).exp().item }
}

extension Float {
  fileprivate var logarithm: Float { Float(Double.log(Double(self))) }
}
