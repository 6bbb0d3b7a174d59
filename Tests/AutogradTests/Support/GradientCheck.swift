import Autograd
import ComplexModule
import Kernels
import Testing

/// Compares an operation, forward and backward, with its reference in complex doubles.
///
/// The operands take turns in every layout: dense, permuted, sliced, bfloat16.
/// - Parameter tolerance: relative to 1 + |expected|.
func checkGradients(
  _ shapes: [[Int]], values: Values = .uniform(-2...2), tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ operation: ([Tensor]) -> Tensor, reference: ([Reference]) -> Reference
) {
  let layouts = OperandLayout.allCases
  for turn in layouts.indices {
    var random = RandomStream(seed: 7, purpose: .initialization, substream: UInt64(turn))
    let operands = shapes.enumerated().map { position, shape in
      Operand(
        shape: shape, values: values.make(count: shape.reduce(1, *), random: &random),
        layout: layouts[(turn + position) % layouts.count])
    }
    let check = GradientCheck(operands: operands, shapes: shapes, tolerance: tolerance, location: sourceLocation)
    check.run(operation, reference, &random)
  }
}

private struct GradientCheck {
  let operands: [Operand]
  let shapes: [[Int]]
  let tolerance: Double
  let location: SourceLocation

  func run(
    _ operation: ([Tensor]) -> Tensor, _ reference: ([Reference]) -> Reference, _ random: inout RandomStream
  ) {
    let inputs = zip(operands, shapes).map { Reference($0.values.map { Complex(Double($0)) }, shape: $1) }
    let expected = reference(inputs)
    let result = operation(operands.map(\.tensor))
    #expect(result.shape.array == expected.shape, "shape of the result", sourceLocation: location)
    guard result.shape.array == expected.shape else { return }
    compare(result.scalars, expected.values.map(\.real), "result")

    let weights = (0..<result.shape.count).map { _ in 2 * random.nextUniform() - 1 }
    result.backward(Tensor(weights, shape: result.shape))
    for (position, operand) in operands.enumerated() {
      let slopes = derivatives(of: reference, inputs, position, weights)
      guard let gradient = operand.gradient else {
        Issue.record("operand \(position) got no gradient", sourceLocation: location)
        continue
      }
      compare(gradient, slopes, "gradient of operand \(position)")
      #expect(operand.gradientIsZeroOutside, "gradient outside of the view", sourceLocation: location)
    }
  }

  /// d(Σ weights·f)/dx for every element x of one input, by complex steps.
  private func derivatives(
    of function: ([Reference]) -> Reference, _ inputs: [Reference], _ position: Int, _ weights: [Float]
  ) -> [Double] {
    let step = 1e-40
    return inputs[position].values.indices.map { element in
      var moved = inputs
      moved[position].values[element].imaginary = step
      return zip(function(moved).values, weights).reduce(0) { $0 + $1.0.imaginary / step * Double($1.1) }
    }
  }

  private func compare(_ got: [Float], _ expected: [Double], _ what: String) {
    #expect(got.count == expected.count, "count of \(what)", sourceLocation: location)
    for (index, (value, want)) in zip(got, expected).enumerated()
    where !(abs(Double(value) - want) <= tolerance * (1 + abs(want))) {
      Issue.record("\(what) at \(index): got \(value), expected \(want)", sourceLocation: location)
      return
    }
  }
}
