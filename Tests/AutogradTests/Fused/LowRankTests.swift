import Autograd
import ComplexModule
import Kernels
import Testing

@Suite struct LowRankTests {
  static let shapes: [(rows: Int, inputs: Int, outputs: Int, rank: Int)] = [
    (1, 1, 1, 1), (3, 5, 4, 2), (7, 18, 17, 3), (50, 9, 20, 1),
  ]

  @Test(arguments: shapes) func updateAgreesWithItsDefinition(_ rows: Int, _ inputs: Int, _ outputs: Int, _ rank: Int) {
    checkGradients([[rows, inputs], [rank, inputs], [outputs, rank]]) {
      lowRankUpdate($0[0], a: $0[1], b: $0[2], scale: 0.75)
    } reference: { operands in
      Reference(shape: [rows, outputs]) { index in
        (0..<rank).reduce(Complex<Double>(0)) { sum, inner in
          let hidden = (0..<inputs).reduce(Complex<Double>(0)) {
            $0 + operands[0][[index[0], $1]] * operands[1][[inner, $1]]
          }
          return sum + Complex(0.75) * hidden * operands[2][[index[1], inner]]
        }
      }
    }
  }

  /// The weight gets no gradient: it is frozen.
  @Test(arguments: [(3, 5, 2), (17, 18, 3), (1, 1, 1)])
  func sumAgreesWithItsDefinition(_ outputs: Int, _ inputs: Int, _ rank: Int) {
    let weight = Tensor((0..<outputs * inputs).map { Float($0 % 7) / 8 }, shape: [outputs, inputs])
    let values = weight.scalars
    checkGradients([[rank, inputs], [outputs, rank]]) {
      lowRankSum(weight, a: $0[0], b: $0[1], scale: -1.5)
    } reference: { operands in
      Reference(shape: [outputs, inputs]) { index in
        var sum = Complex(Double(values[index[0] * inputs + index[1]]))
        for inner in 0..<rank {
          sum -= Complex(1.5) * operands[1][[index[0], inner]] * operands[0][[inner, index[1]]]
        }
        return sum
      }
    }
  }

  @Test func sumKeepsTheDataTypeOfTheWeightAndRoundsToNearest() {
    let weight = Tensor([1, -2, 3, 0.5], shape: [2, 2])
    let (a, b) = (Tensor([0.0123, 0.5], shape: [1, 2]), Tensor([1, -0.25], shape: [2, 1]))
    let exact = lowRankSum(weight, a: a, b: b, scale: 1)
    let rounded = lowRankSum(weight.bfloat16, a: a, b: b, scale: 1)
    #expect(exact.dataType == .float32 && rounded.dataType == .bfloat16)
    #expect(rounded.scalars == exact.scalars.map { BFloat16($0).floatValue })
  }

  @Test func threadsDoNotChangeABit() {
    var random = RandomStream(seed: 1, purpose: .initialization)
    func tensor(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { _ in random.nextUniform() - 0.5 }, shape: shape)
    }
    let (x, a, b) = (tensor([130, 96]), tensor([8, 96]), tensor([80, 8]))
    let results = [1, 2].map { threads in
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        lowRankUpdate(x, a: a, b: b, scale: 2).scalars
          + lowRankSum(tensorOfZeros([80, 96]), a: a, b: b, scale: 2).scalars
      }
    }
    #expect(results[0] == results[1])
    let alone = lowRankUpdate(x.slice(77..<78), a: a, b: b, scale: 2).scalars
    #expect(alone == Array(results[0][77 * 80..<78 * 80]), "a row alone")
  }

  private func tensorOfZeros(_ shape: Shape) -> Tensor { .zeros(shape) }
}
