import Autograd
import ComplexModule
import Kernels
import Testing

/// The layer between full precision and BitNet, against its definition: quantised values as numbers, gradients those of the
/// surrogate in which Q(t) − t is a constant.
@Suite struct PartlyQuantizedLinearTests {
  struct Case: CustomTestStringConvertible {
    let input: [Int], outputs: Int, strength: Float, configuration: BitLinearConfiguration
    var testDescription: String { "\(input) × \(outputs), λ \(strength), \(configuration)" }
  }

  static let cases = [
    Case(input: [5], outputs: 3, strength: 0.5, configuration: .init()),
    Case(input: [3, 5], outputs: 4, strength: 0.125, configuration: .init(scaleDataType: .float32)),
    Case(input: [7, 18], outputs: 17, strength: 0.9, configuration: .init(weightQuantization: .sign)),
    Case(input: [2, 3, 5], outputs: 19, strength: 0.999, configuration: .init()),
  ]

  /// t + λ·(Q(t) − t), of which only t moves.
  private static func surrogate(_ operand: Reference, _ quantized: [Double], _ strength: Float) -> Reference {
    Reference(
      zip(operand.values, quantized).map { $0 + Complex(Double(strength) * ($1 - $0.real)) }, shape: operand.shape)
  }

  @Test(arguments: cases) func agreesWithItsDefinition(_ one: Case) {
    let width = one.input[one.input.count - 1]
    checkGradients([one.input, [one.outputs, width]]) { operands in
      partlyQuantizedLinear(
        PartlyQuantizedActivations(operands[0], strength: one.strength), weight: operands[1],
        quantized: QuantizedWeight(operands[1], configuration: one.configuration))
    } reference: { operands in
      let fake = BitLinearTests.FakeQuantization(
        weight: operands[1].values.map { Float($0.real) }, input: operands[0].values.map { Float($0.real) },
        width: width, one.configuration)
      let x = Self.surrogate(operands[0], fake.input, one.strength)
      let w = Self.surrogate(operands[1], fake.weight, one.strength)
      return Reference(shape: one.input.dropLast() + [one.outputs]) { index in
        (0..<width).reduce(0) { sum, k in sum + x[index.dropLast() + [k]] * w[[index[index.count - 1], k]] }
      }
    }
  }

  /// Output, and gradients of input, weight and residual.
  private static func bits(_ layer: (_ x: Tensor, _ w: Tensor, _ residual: Tensor) -> Tensor) -> [[UInt32]] {
    let (rows, width, outputs) = (6, 37, 20)
    let x = Parameter(Tensor(BitLinearTests.uniform(rows * width, seed: 1), shape: [rows, width]))
    let w = BitLinearTests.weight(outputs, width, seed: 2)
    let residual = Parameter(Tensor(BitLinearTests.uniform(rows * outputs, seed: 3), shape: [rows, outputs]))
    let y = layer(x.tensor, w.tensor, residual.tensor)
    y.backward(Tensor(BitLinearTests.uniform(rows * outputs, seed: 4), shape: [rows, outputs]))
    return [y, x.gradient, w.gradient, residual.gradient].map { $0?.scalars.map(\.bitPattern) ?? [] }
  }

  @Test func withoutStrengthItIsFullPrecisionAndNothingIsQuantised() {
    let partly = Self.bits { x, w, residual in
      partlyQuantizedLinear(
        PartlyQuantizedActivations(x, strength: 0), weight: w, quantized: { fatalError("nobody needs codes") }(),
        residual: residual)
    }
    #expect(partly == Self.bits { x, w, residual in residual + linear(x, weight: w) })
  }

  /// Two layers that share rows add their gradients to them.
  @Test func rowsAreShared() throws {
    let w = BitLinearTests.weight(3, 5, seed: 2)
    func inputGradient(_ output: (_ layer: (PartlyQuantizedActivations) -> Tensor, _ x: Tensor) -> Tensor) -> [Float]? {
      let x = Parameter(Tensor(BitLinearTests.uniform(10, seed: 1), shape: [2, 5]))
      let layer = { (rows: PartlyQuantizedActivations) in
        partlyQuantizedLinear(
          rows, weight: w.tensor, quantized: QuantizedWeight(w.tensor, configuration: .init()))
      }
      output(layer, x.tensor).sum().backward()
      return x.gradient?.scalars
    }
    let one = try #require(inputGradient { layer, x in layer(PartlyQuantizedActivations(x, strength: 0.5)) })
    let two = inputGradient { layer, x in
      let rows = PartlyQuantizedActivations(x, strength: 0.5)
      return layer(rows) + layer(rows)
    }
    #expect(two == one.map { 2 * $0 })
  }

  @Test func rowsThatAreNotFiniteStayNaN() {
    let x = Tensor([1, .infinity, 2, 3], shape: [2, 2])
    let w = BitLinearTests.weight(1, 2, seed: 2)
    let y = partlyQuantizedLinear(
      PartlyQuantizedActivations(x, strength: 0.5), weight: w.tensor,
      quantized: QuantizedWeight(w.tensor, configuration: .init()))
    #expect(y.scalars[0].isNaN && y.scalars[1].isFinite)
  }
}
