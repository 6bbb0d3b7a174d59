import Autograd
import ComplexModule
import Foundation
import Testing

@Suite struct RotaryTests {
  @Test(arguments: [(heads: 1, headDimension: 2), (heads: 3, headDimension: 6), (heads: 2, headDimension: 10)])
  func rotatesEveryHead(_ heads: Int, _ headDimension: Int) {
    let positions: [Int32] = [0, 1, 5, 5, 2]
    let embedding = RotaryEmbedding(headDimension: headDimension, positionCount: 6, theta: 100)
    let half = headDimension / 2
    checkGradients([[5, heads * headDimension]]) {
      rotary($0[0], embedding, positions: positions)
    } reference: { operands in
      Reference(shape: operands[0].shape) { index in
        let (row, column) = (index[0], index[1])
        let lane = column % headDimension
        let angle = Double(positions[row]) * pow(100, -2 * Double(lane % half) / Double(headDimension))
        let partner = operands[0][[row, lane < half ? column + half : column - half]]
        let sine = lane < half ? -sin(angle) : sin(angle)
        return operands[0][index] * Complex(cos(angle)) + partner * Complex(sine)
      }
    }
  }
}
