import Autograd
import ComplexModule
import Testing

@Suite struct RMSNormTests {
  @Test(arguments: [[1], [7], [3, 5], [2, 3, 17], [2, 1, 3, 4]], [Float(1e-5), 0.5])
  func agreesWithItsDefinition(_ shape: [Int], _ epsilon: Float) {
    let width = shape[shape.count - 1]
    checkGradients([shape, [width]]) {
      rmsNorm($0[0], gain: $0[1], epsilon: epsilon)
    } reference: { operands in
      let squares = operands[0].map { $0 * $0 }.fold([shape.count - 1]) { $0.reduce(0, +) }
      let roots = squares.map { Complex.sqrt($0 / Complex(Double(width)) + Complex(Double(epsilon))) }
      return operands[0].zip(roots, /).zip(operands[1], *)
    }
  }

  @Test func aRowOfZerosHasNoSlopeButThatOfEpsilon() {
    let (x, gain) = (Parameter(.zeros([2, 3])), Parameter(.ones([3])))
    let y = rmsNorm(x.tensor, gain: gain.tensor, epsilon: 0.25)
    #expect(y.scalars.allSatisfy { $0 == 0 })
    y.backward(.ones([2, 3]))
    #expect(x.gradient?.scalars == [2, 2, 2, 2, 2, 2] && gain.gradient?.scalars == [0, 0, 0])
  }
}
