import Autograd
import Kernels
import Testing

/// A multilayer perceptron on two interleaved classes, trained by plain gradient descent.
private final class Perceptron {
  private let weights: [Parameter]
  private let biases: [Parameter]
  private var dropoutStream = RandomStream(seed: 1, purpose: .dropout)

  init(sizes: [Int]) {
    var random = RandomStream(seed: 1, purpose: .initialization)
    weights = zip(sizes, sizes.dropFirst()).map { inputs, outputs in
      let scale = 2 / Float(inputs).squareRoot()
      return Parameter(
        Tensor((0..<inputs * outputs).map { _ in scale * (random.nextUniform() - 0.5) }, shape: [inputs, outputs]))
    }
    biases = sizes.dropFirst().map { Parameter(.zeros([$0])) }
  }

  func step(_ x: Tensor, _ targets: [Int32], learningRate: Float) -> Float {
    var hidden = x.matmul(weights[0].tensor) + biases[0].tensor
    hidden = hidden.silu().dropout(probability: 0.05, using: &dropoutStream)
    let logits = hidden.matmul(weights[1].tensor) + biases[1].tensor
    let loss = -logits.logSoftmax().gather(targets).mean()
    loss.backward()
    for parameter in weights + biases {
      guard let gradient = parameter.gradient else { continue }
      parameter.replaceValue(parameter.value - gradient * learningRate)
      parameter.gradient = nil
    }
    return loss.item
  }
}

@Suite struct AllocationTests {
  @Test func aTrainingStepInSteadyStateAsksTheSystemForNothing() {
    var random = RandomStream(seed: 2, purpose: .dataWindows)
    let pool = BufferPool()
    BufferPool.$current.withValue(pool) {
      let values = (0..<512).map { _ in 2 * random.nextUniform() - 1 }
      let targets = (0..<256).map { Int32(values[2 * $0] * values[2 * $0 + 1] > 0 ? 1 : 0) }
      let x = Tensor(values, shape: [256, 2])
      let model = Perceptron(sizes: [2, 64, 2])
      let first = model.step(x, targets, learningRate: 0.5)
      _ = model.step(x, targets, learningRate: 0.5)
      let settled = pool.statistics
      for _ in 0..<10 { _ = model.step(x, targets, learningRate: 0.5) }
      #expect(pool.statistics.systemAllocations == settled.systemAllocations)
      #expect(pool.statistics.reservedBytes == settled.reservedBytes)
      #expect(pool.statistics.lentBytes == settled.lentBytes)
      #expect(pool.statistics.peakLentBytes == settled.peakLentBytes)

      var last = first
      for _ in 0..<400 { last = model.step(x, targets, learningRate: 0.5) }
      #expect(first > 0.6 && last < 0.2, "the loss went from \(first) to \(last)")
    }
  }

  @Test func aPoolOfItsOwnCountsOnlyItsOwnLoans() {
    let pool = BufferPool()
    let kept = BufferPool.$current.withValue(pool) { Tensor.ones([1000]) }
    #expect(pool.statistics.systemAllocations == 1 && pool.statistics.lentBytes == 4096)
    _ = Tensor.ones([1000])
    #expect(pool.statistics.systemAllocations == 1)
    #expect(kept.scalars.count == 1000)
  }

  @Test func trimReturnsFreeBlocksOnly() {
    let pool = BufferPool()
    let storage = BufferPool.$current.withValue(pool) {
      _ = Storage(byteCount: 5000)
      return Storage(byteCount: 300)
    }
    #expect(pool.statistics.reservedBytes == 5120 + 320)
    pool.trim()
    #expect(pool.statistics.reservedBytes == 320 && pool.statistics.lentBytes == 320)
    #expect(storage.byteCount == 300)
  }
}
