import Autograd
import ComplexModule
import Kernels
import Testing

@Suite struct ReductionTests {
  static let cases: [Case] = [
    Case(shape: [7], axes: [0]), Case(shape: [3, 5], axes: [0]), Case(shape: [3, 5], axes: [1]),
    Case(shape: [3, 5], axes: [0, 1]), Case(shape: [2, 3, 5], axes: [1]), Case(shape: [2, 3, 5], axes: [0, 2]),
    Case(shape: [2, 3, 2, 5], axes: [1, 2]), Case(shape: [2, 3, 2, 5], axes: [0, 3]),
    Case(shape: [2, 3, 2, 5], axes: [0, 1, 2, 3]), Case(shape: [1, 37], axes: [1]), Case(shape: [37, 1], axes: [0]),
  ]

  struct Case: Sendable {
    let shape: [Int]
    let axes: [Int]

    /// The reference with the folded axes kept or left out.
    func fold(
      _ operand: Reference, keeping: Bool, _ combine: ([Complex<Double>]) -> Complex<Double>
    ) -> Reference {
      let folded = operand.fold(axes, combine)
      let shape = keeping ? folded.shape : folded.shape.indices.filter { !axes.contains($0) }.map { folded.shape[$0] }
      return Reference(folded.values, shape: shape)
    }
  }

  @Test(arguments: cases, [false, true]) func sum(_ test: Case, keeping: Bool) {
    checkGradients([test.shape]) {
      $0[0].sum(axes: test.axes, keepingDimensions: keeping)
    } reference: {
      test.fold($0[0], keeping: keeping) { $0.reduce(0, +) }
    }
  }

  @Test(arguments: cases, [false, true]) func mean(_ test: Case, keeping: Bool) {
    checkGradients([test.shape]) {
      $0[0].mean(axes: test.axes, keepingDimensions: keeping)
    } reference: {
      test.fold($0[0], keeping: keeping) { $0.reduce(0, +) / Complex(Double($0.count)) }
    }
  }

  @Test(arguments: cases, [false, true]) func maximum(_ test: Case, keeping: Bool) {
    checkGradients([test.shape], values: .distinct) {
      $0[0].maximum(axes: test.axes, keepingDimensions: keeping)
    } reference: {
      test.fold($0[0], keeping: keeping) { $0.max { $0.real < $1.real } ?? 0 }
    }
  }

  @Test func withoutAxesEverythingIsFolded() {
    let x = Tensor([1, 2, 3, 4, 5, 9], shape: [2, 3])
    #expect(x.sum().shape == [] && x.sum().item == 24)
    #expect(x.mean().item == 4)
    #expect(x.maximum().item == 9)
    #expect(x.sum(keepingDimensions: true).shape == [1, 1])
    #expect(x.sum(axes: -1).scalars == [6, 18])
    #expect(Tensor(3).sum().item == 3)
  }

  @Test func squaredSumOfAReusedOperand() {
    checkGradients([[3, 5]]) {
      ($0[0] * $0[0].sum(axes: 1, keepingDimensions: true)).mean()
    } reference: { operands in
      let sums = operands[0].fold([1]) { $0.reduce(0, +) }
      let products = operands[0].zip(sums, *)
      return Reference([products.values.reduce(0, +) / 15], shape: [])
    }
  }

  @Test func equalMaximaShareTheGradient() {
    let parameter = Parameter(Tensor([2, 5, 5, 1, 5, 0], shape: [6]))
    parameter.tensor.maximum().backward(Tensor(6))
    #expect(parameter.gradient?.scalars == [0, 2, 2, 0, 2, 0])
  }

  @Test func notANumberIsTheMaximum() {
    var values = [Float](repeating: 1, count: 100)
    values[40] = .nan
    #expect(Tensor(values, shape: [100]).maximum().item.isNaN)
    #expect(Tensor(values, shape: [4, 25]).maximum(axes: 0).scalars.count(where: \.isNaN) == 1)
    #expect(Tensor([.nan, 1, 2], shape: [3]).maximum().item.isNaN)
  }

  /// Large enough for the threads; every thread count gives the same bits.
  @Test func threadsDoNotChangeTheBits() {
    var random = RandomStream(seed: 1, purpose: .initialization)
    let values = (0..<3 * 101 * 333).map { _ in random.nextUniform() - 0.3 }
    let x = Tensor(values, shape: [3, 101, 333])
    func results() -> [[Float]] {
      [[], [0], [1], [2], [0, 1], [1, 2]].flatMap { axes in
        [x.sum(axes: axes).scalars, x.maximum(axes: axes).scalars, x.transposed().sum(axes: axes).scalars]
      }
    }
    let serial = ThreadPool.$current.withValue(.serial) { results() }
    for threadCount in [2, 3] {
      let threaded = ThreadPool.$current.withValue(ThreadPool(threadCount: threadCount)) { results() }
      #expect(threaded == serial)
    }
    let exact = values.reduce(0.0) { $0 + Double($1) }
    #expect(abs(Double(serial[0][0]) - exact) < 1e-6 * Double(values.count))
  }
}
