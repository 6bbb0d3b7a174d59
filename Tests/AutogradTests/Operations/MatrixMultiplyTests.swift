import Autograd
import ComplexModule
import Kernels
import Testing

@Suite struct MatrixMultiplyTests {
  static let cases: [[[Int]]] = [
    [[3, 5], [5, 2]], [[1, 5], [5, 1]], [[3, 1], [1, 2]], [[2, 3, 4], [4, 5]], [[3, 4], [2, 4, 2]],
    [[2, 3, 4], [2, 4, 3]], [[1, 3, 4], [3, 4, 2]], [[3, 3, 2], [1, 2, 4]], [[2, 2, 3, 2], [2, 2, 2, 3]],
    [[2, 1, 3, 2], [2, 2, 3]], [[2, 3, 2, 2], [2, 5]], [[2, 1, 1, 3], [1, 3, 3, 1]],
  ]

  @Test(arguments: cases) func gradients(_ shapes: [[Int]]) {
    checkGradients(shapes) {
      $0[0].matmul($0[1])
    } reference: {
      Self.product($0[0], $0[1])
    }
  }

  @Test func transposedViews() {
    checkGradients([[4, 3], [2, 4]]) {
      $0[0].transposed().matmul($0[1].transposed())
    } reference: { operands in
      Reference(shape: [3, 2]) { index in
        (0..<4).reduce(0) { $0 + operands[0][[$1, index[0]]] * operands[1][[index[1], $1]] }
      }
    }
  }

  @Test func attentionScoresOfPermutedHeads() {
    checkGradients([[2, 3, 2, 4], [2, 3, 2, 4]]) {
      $0[0].permuted(0, 2, 1, 3).matmul($0[1].permuted(0, 2, 3, 1))
    } reference: { operands in
      Reference(shape: [2, 2, 3, 3]) { i in
        (0..<4).reduce(0) { $0 + operands[0][[i[0], i[2], i[1], $1]] * operands[1][[i[0], i[3], i[1], $1]] }
      }
    }
  }

  @Test func timesItself() {
    checkGradients([[4, 4]]) {
      $0[0].matmul($0[0])
    } reference: {
      Self.product($0[0], $0[0])
    }
    checkGradients([[3, 4]]) {
      $0[0].matmul($0[0].transposed())
    } reference: { operands in
      Reference(shape: [3, 3]) { index in
        (0..<4).reduce(0) { $0 + operands[0][[index[0], $1]] * operands[0][[index[1], $1]] }
      }
    }
  }

  /// A row that is repeated by a broadcast view has a stride of 0, which BLAS does not take.
  @Test func broadcastViews() {
    checkGradients([[1, 4], [4, 2]]) {
      $0[0].broadcast(to: [3, 4]).matmul($0[1])
    } reference: { operands in
      Reference(shape: [3, 2]) { index in
        (0..<4).reduce(0) { $0 + operands[0][[0, $1]] * operands[1][[$1, index[1]]] }
      }
    }
  }

  @Test func emptyProducts() {
    #expect(Tensor([], shape: [2, 0]).matmul(Tensor([], shape: [0, 3])).scalars == [0, 0, 0, 0, 0, 0])
    #expect(Tensor([], shape: [0, 2]).matmul(Tensor.ones([2, 3])).shape == [0, 3])
  }

  /// Large enough for the threads, for one matrix, a shared right matrix and a batch.
  @Test func largeProductsAgreeWithOneThread() {
    var random = RandomStream(seed: 1, purpose: .initialization)
    func make(_ shape: Shape) -> Tensor {
      Tensor((0..<shape.count).map { _ in random.nextUniform() - 0.5 }, shape: shape)
    }
    let pairs: [(Tensor, Tensor)] = [
      (make([301, 129]), make([129, 77])), (make([3, 100, 129]), make([129, 77])),
      (make([9, 65, 33]), make([9, 33, 129])),
    ]
    for (left, right) in pairs {
      let threaded = ThreadPool.$current.withValue(ThreadPool(threadCount: 3)) { left.matmul(right).scalars }
      let serial = ThreadPool.$current.withValue(.serial) { left.matmul(right).scalars }
      #expect(zip(threaded, serial).allSatisfy { abs($0 - $1) < 1e-4 })
    }
  }

  private static func product(_ left: Reference, _ right: Reference) -> Reference {
    let (rows, inner, columns) = (left.shape[left.shape.count - 2], left.shape.last!, right.shape.last!)
    let batchRank = max(left.shape.count, right.shape.count) - 2
    let pad = { (shape: [Int]) in
      Array(repeating: 1, count: batchRank + 2 - shape.count) + shape.dropLast(2)
    }
    let batch = zip(pad(left.shape), pad(right.shape)).map { max($0, $1) }
    return Reference(shape: batch + [rows, columns]) { index in
      let (prefix, row, column) = (index.dropLast(2), index[batchRank], index[batchRank + 1])
      return (0..<inner).reduce(0) { $0 + left[prefix + [row, $1]] * right[prefix + [$1, column]] }
    }
  }
}
