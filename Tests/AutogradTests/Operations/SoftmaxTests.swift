import Autograd
import ComplexModule
import Testing

@Suite struct SoftmaxTests {
  static let cases: [(shape: [Int], axis: Int)] = [
    ([7], 0), ([3, 5], -1), ([3, 5], 0), ([2, 3, 5], 1), ([2, 3, 2, 5], -1), ([2, 3, 2, 5], 0), ([4, 1], -1),
  ]

  /// Σ eˣ along the axis, which keeps the extent 1.
  private func sums(_ operand: Reference, _ axis: Int) -> Reference {
    let axis = axis < 0 ? axis + operand.shape.count : axis
    return operand.map { .exp($0) }.fold([axis]) { $0.reduce(0, +) }
  }

  @Test(arguments: cases) func softmax(_ shape: [Int], _ axis: Int) {
    checkGradients([shape]) {
      $0[0].softmax(axis: axis)
    } reference: {
      $0[0].zip(sums($0[0], axis)) { .exp($0) / $1 }
    }
  }

  @Test(arguments: cases) func logSoftmax(_ shape: [Int], _ axis: Int) {
    checkGradients([shape]) {
      $0[0].logSoftmax(axis: axis)
    } reference: {
      $0[0].zip(sums($0[0], axis)) { $0 - .log($1) }
    }
  }

  @Test func largeValuesDoNotOverflow() {
    let x = Tensor([1000, 999, -1000, -1e30], shape: [1, 4])
    let y = x.softmax().scalars
    #expect(abs(y[0] - 0.731_058_6) < 1e-6 && abs(y[1] - 0.268_941_4) < 1e-6)
    #expect(y[2] == 0 && y[3] == 0)
    #expect(abs(x.logSoftmax().scalars[0] + 0.313_261_7) < 1e-6)
  }

  /// A masked position has a probability of 0 and gets no gradient.
  @Test func minusInfinityMasks() {
    let parameter = Parameter(Tensor([1, -.infinity, 2], shape: [1, 3]))
    parameter.tensor.softmax().backward(Tensor([1, 2, 3], shape: [1, 3]))
    let gradient = parameter.gradient?.scalars ?? []
    #expect(gradient[1] == 0 && abs(gradient[0] + gradient[2]) < 1e-6 && gradient[2] > 0.3)
  }
}
