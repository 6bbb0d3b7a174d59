import Autograd
import Kernels
import Testing

/// What goes into a quantised layer in one pass over memory, against the same operations one after the other.
@Suite struct FusedInputTests {
  static let (rows, width, outputs) = (133, 37, 19)

  struct Run: Equatable {
    var output: [Float]
    var gradients: [[Float]]
  }

  static func parameters(_ shapes: [Shape]) -> [Parameter] {
    shapes.enumerated().map { index, shape in
      Parameter(Tensor(BitLinearTests.uniform(shape.count, seed: UInt64(index + 1)), shape: shape))
    }
  }

  /// The output of a quantised layer behind `input`, and the gradients of all parameters.
  static func run(
    _ shapes: [Shape], _ input: ([Tensor]) -> QuantizedActivations
  ) -> Run {
    let parameters = parameters(shapes)
    let weight = BitLinearTests.weight(outputs, width, seed: 77)
    let y = bitLinear(
      input(parameters.map(\.tensor)), weight: weight.tensor,
      quantized: QuantizedWeight(weight.tensor, configuration: .init()))
    y.backward(Tensor(BitLinearTests.uniform(rows * outputs, seed: 9), shape: [rows, outputs]))
    return Run(output: y.scalars, gradients: (parameters + [weight]).map { $0.gradient?.scalars ?? [] })
  }

  /// Outputs and gradients, bit for bit.
  static func expectSame(_ fused: Run, _ separate: Run) {
    #expect(fused.output == separate.output)
    for (index, (a, b)) in zip(fused.gradients, separate.gradients).enumerated() {
      #expect(!a.isEmpty && a == b, "gradient \(index)")
    }
  }

  @Test func normalised() {
    let shapes: [Shape] = [[Self.rows, Self.width], [Self.width]]
    Self.expectSame(
      Self.run(shapes) { QuantizedActivations(normalizing: $0[0], gain: $0[1], epsilon: 1e-5) },
      Self.run(shapes) { QuantizedActivations(rmsNorm($0[0], gain: $0[1], epsilon: 1e-5)) })
  }

  @Test(arguments: Activation.allCases) func normalisedAndGated(_ activation: Activation) {
    let shapes: [Shape] = [[Self.rows, Self.width], [Self.rows, Self.width], [Self.width]]
    Self.expectSame(
      Self.run(shapes) {
        QuantizedActivations(normalizingGated: $0[0], $0[1], activation: activation, gain: $0[2], epsilon: 1e-5)
      },
      Self.run(shapes) {
        QuantizedActivations(rmsNorm(gated($0[0], $0[1], activation: activation), gain: $0[2], epsilon: 1e-5))
      })
  }

  /// A residual added on the way to memory, which is also what the layer's input comes from.
  @Test func residual() {
    func run(_ layer: (QuantizedActivations, Tensor, QuantizedWeight, Tensor) -> Tensor) -> Run {
      let x = Parameter(
        Tensor(BitLinearTests.uniform(Self.rows * Self.width, seed: 1), shape: [Self.rows, Self.width]))
      let weight = BitLinearTests.weight(Self.width, Self.width, seed: 2)
      let quantized = QuantizedWeight(weight.tensor, configuration: .init())
      let y = layer(QuantizedActivations(x.tensor), weight.tensor, quantized, x.tensor)
      y.backward(Tensor(BitLinearTests.uniform(y.shape.count, seed: 3), shape: y.shape))
      return Run(output: y.scalars, gradients: [x, weight].map { $0.gradient?.scalars ?? [] })
    }
    Self.expectSame(
      run { bitLinear($0, weight: $1, quantized: $2, residual: $3) },
      run { $3 + bitLinear($0, weight: $1, quantized: $2) })
  }

  /// Gradients that nobody asks for: a frozen gain, an input without gradient.
  @Test func partsWithoutGradients() {
    let x = Tensor(BitLinearTests.uniform(Self.rows * Self.width, seed: 1), shape: [Self.rows, Self.width])
    let gain = Parameter(Tensor.ones([Self.width]))
    let weight = BitLinearTests.weight(Self.outputs, Self.width, seed: 2)
    let quantized = QuantizedWeight(weight.tensor, configuration: .init())
    let input = QuantizedActivations(normalizing: x, gain: gain.tensor, epsilon: 1e-5)
    bitLinear(input, weight: weight.tensor, quantized: quantized)
      .backward(.ones([Self.rows, Self.outputs]))
    #expect(gain.gradient?.scalars.contains { $0 != 0 } == true)
    #expect(weight.gradient != nil)
  }
}
