import Autograd
import ComplexModule
import Kernels
import Testing

@Suite struct CrossEntropyTests {
  static let cases: [(targets: [Int32], classes: Int)] = [
    ([0], 1), ([1, 0, 2], 3), ([ignoredTarget, 4, 6, -1, 0], 7), ([16, 3, ignoredTarget], 19), ([-100, -100], 5),
  ]

  static func losses(_ logits: Reference, _ targets: [Int32]) -> Reference {
    let sums = logits.map { .exp($0) }.fold([1]) { .log($0.reduce(0, +)) }
    return Reference(shape: [targets.count]) { index in
      let target = Int(targets[index[0]])
      return target < 0 ? 0 : sums[[index[0], 0]] - logits[[index[0], target]]
    }
  }

  @Test(arguments: cases) func agreesWithItsDefinition(_ targets: [Int32], _ classes: Int) {
    checkGradients([[targets.count, classes]]) {
      crossEntropy(logits: $0[0], targets: targets)
    } reference: {
      Self.losses($0[0], targets)
    }
  }

  @Test(arguments: cases) func fusedWithTheHead(_ targets: [Int32], _ classes: Int) {
    checkGradients([[targets.count, 6], [classes, 6]]) {
      headCrossEntropy(hidden: $0[0], weight: $0[1], targets: targets)
    } reference: { operands in
      let logits = Reference(shape: [targets.count, classes]) { index in
        (0..<6).reduce(0) { $0 + operands[0][[index[0], $1]] * operands[1][[index[1], $1]] }
      }
      return Self.losses(logits, targets)
    }
  }

  /// 600 × 4099 logits are more than one chunk holds, and the last chunk is not full.
  @Test func chunksDoNotShow() {
    let (rows, vocabulary, width) = (600, 4099, 5)
    var random = RandomStream(seed: 1, purpose: .initialization)
    func uniform(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { _ in random.nextUniform() * 4 - 2 }, shape: shape)
    }
    let targets = (0..<rows).map { $0 % 5 == 3 ? ignoredTarget : Int32($0 * 37 % vocabulary) }
    let (hidden, weight, slopes) = (uniform([rows, width]), uniform([vocabulary, width]), uniform([rows]))
    for threads in [1, 2] {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let (x0, w0) = (Parameter(hidden), Parameter(weight))
        let plain = crossEntropy(logits: linear(x0.tensor, weight: w0.tensor), targets: targets)
        plain.backward(slopes)
        let (x1, w1) = (Parameter(hidden), Parameter(weight))
        let fused = headCrossEntropy(hidden: x1.tensor, weight: w1.tensor, targets: targets)
        fused.backward(slopes)
        let areSame = fused.scalars == plain.scalars
        #expect(areSame, "not the same bits with \(threads) threads")
        for (a, b) in [(x0, x1), (w0, w1)] {
          let difference = zip(a.gradient!.scalars, b.gradient!.scalars).map { abs($0 - $1) / (1 + abs($0)) }.max()
          #expect(difference! <= 1e-5, "\(threads) threads")
        }
      }
    }
  }

  @Test func noRows() {
    let (x, w) = (Parameter(.ones([0, 3])), Parameter(.ones([4, 3])))
    // Memory that was used before must not show through.
    for _ in 0..<4 { _ = Tensor(repeating: 7, shape: [4, 3]) }
    let losses = headCrossEntropy(hidden: x.tensor, weight: w.tensor, targets: [])
    #expect(losses.shape == [0])
    losses.backward(.ones([0]))
    #expect(w.gradient?.scalars == [Float](repeating: 0, count: 12))
  }
}
