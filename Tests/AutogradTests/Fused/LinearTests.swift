import Autograd
import ComplexModule
import Testing

@Suite struct LinearTests {
  static let cases: [(input: [Int], outputs: Int)] = [
    ([1, 1], 1), ([5], 3), ([3, 5], 4), ([7, 18], 17), ([2, 3, 5], 19), ([2, 2, 3, 4], 1),
  ]

  @Test(arguments: cases) func agreesWithItsDefinition(_ input: [Int], _ outputs: Int) {
    let width = input[input.count - 1]
    checkGradients([input, [outputs, width]]) {
      linear($0[0], weight: $0[1])
    } reference: { operands in
      Reference(shape: input.dropLast() + [outputs]) { index in
        (0..<width).reduce(0) { sum, k in
          sum + operands[0][index.dropLast() + [k]] * operands[1][[index[index.count - 1], k]]
        }
      }
    }
  }

  @Test func theInputMayBeTheWeight() {
    checkGradients([[4, 5]]) {
      linear($0[0], weight: $0[0])
    } reference: { operands in
      Reference(shape: [4, 4]) { index in
        (0..<5).reduce(0) { $0 + operands[0][[index[0], $1]] * operands[0][[index[1], $1]] }
      }
    }
  }
}
