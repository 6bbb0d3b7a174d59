import Autograd
import Kernels
import Testing

@Suite struct EmbeddingTests {
  @Test(arguments: [[2], [0, 4, 4, 1, 4, 0], [3, 2, 1, 0, 3, 2, 1, 0]] as [[Int32]])
  func picksRows(_ indices: [Int32]) {
    checkGradients([[5, 7]]) {
      embedding($0[0], indices: indices)
    } reference: { operands in
      Reference(shape: [indices.count, 7]) { operands[0][[Int(indices[$0[0]]), $0[1]]] }
    }
  }

  @Test func noIndicesMeanNoGradient() {
    let table = Parameter(.ones([3, 2]))
    let y = embedding(table.tensor, indices: [])
    #expect(y.shape == [0, 2])
    y.backward(.ones([0, 2]))
    #expect(table.gradient?.scalars == [0, 0, 0, 0, 0, 0])
  }

  /// Integers add up exactly, so that every order of summation must give the same.
  @Test func manyRepetitionsAndThreads() {
    let (width, count) = (70, 5000)
    var random = RandomStream(seed: 1, purpose: .initialization)
    let indices = (0..<count).map { _ in Int32.random(in: 0..<11, using: &random) }
    let slopes = (0..<count * width).map { _ in Float(Int.random(in: -9...9, using: &random)) }
    var expected = [Float](repeating: 0, count: 11 * width)
    for (row, index) in indices.enumerated() {
      for column in 0..<width { expected[Int(index) * width + column] += slopes[row * width + column] }
    }
    for threads in [1, 2, 3] {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threads)) {
        let table = Parameter(Tensor.zeros([11, width]).bfloat16)
        for repetition in 1...2 {
          embedding(table.tensor, indices: indices).backward(Tensor(slopes, shape: [count, width]))
          let isExact = table.gradient?.scalars == expected.map { $0 * Float(repetition) }
          #expect(isExact, "\(threads) threads")
        }
      }
    }
  }
}
