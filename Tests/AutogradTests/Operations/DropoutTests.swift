import Autograd
import Kernels
import Testing

@Suite struct DropoutTests {
  private func stream(position: UInt64 = 0) -> RandomStream {
    RandomStream(seed: 3, purpose: .dropout, substream: 1, position: position)
  }

  @Test(arguments: [0.1, 0.5, 0.9] as [Float]) func dropsTheGivenShareAndKeepsTheMean(_ probability: Float) {
    var random = stream()
    let y = Tensor.ones([40_001]).dropout(probability: probability, using: &random).scalars
    let kept = y.filter { $0 != 0 }
    #expect(abs(Float(kept.count) / 40_001 - (1 - probability)) < 0.01)
    #expect(kept.allSatisfy { abs($0 - 1 / (1 - probability)) < 2e-5 / (1 - probability) / (1 - probability) })
  }

  @Test func backwardUsesTheSameMask() {
    let parameter = Parameter(Tensor((1...35).map(Float.init), shape: [5, 7]))
    var random = stream()
    let y = parameter.tensor.transposed().dropout(probability: 0.4, using: &random)
    y.backward(Tensor.ones([7, 5]))
    let factor = (y.detached / parameter.value.transposed()).transposed().scalars
    #expect(zip(parameter.gradient?.scalars ?? [], factor).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(factor.contains(0) && factor.contains { $0 > 1 })
  }

  @Test func isAFunctionOfThePosition() {
    let x = Tensor.ones([1000])
    var random = stream()
    let first = x.dropout(probability: 0.5, using: &random).scalars
    let resumed = random.position
    let second = x.dropout(probability: 0.5, using: &random).scalars
    #expect(first != second)
    var again = stream()
    #expect(x.dropout(probability: 0.5, using: &again).scalars == first)
    var later = stream(position: resumed)
    #expect(x.dropout(probability: 0.5, using: &later).scalars == second)
    #expect(later == random)
  }

  @Test func masksOfTwoCallsDoNotOverlap() {
    var random = stream(position: 1)
    _ = Tensor.ones([5]).dropout(probability: 0.5, using: &random)
    // From the next whole block (2), one block for five elements.
    #expect(random.position == 4)
  }

  @Test func threadsDoNotChangeTheMask() {
    func masked(_ threadCount: Int) -> [Float] {
      ThreadPool.$current.withValue(ThreadPool(threadCount: threadCount)) {
        var random = stream()
        return Tensor.ones([50_003]).dropout(probability: 0.3, using: &random).scalars
      }
    }
    #expect(masked(1) == masked(3))
  }

  @Test(arguments: KernelPath.available, [1, 7, 8, 255, 256, 300, 1000])
  func everyPathComputesItsDefinition(_ path: KernelPath, _ count: Int) {
    let values = (0..<count).map { Float($0) - 100 }
    let y = KernelPath.$current.withValue(path) {
      var random = stream(position: 5)
      return Tensor(values, shape: [count]).dropout(probability: 0.25, using: &random).scalars
    }
    for (index, value) in values.enumerated() {
      let origin = stream()
      let words = Philox.block(seed: origin.seed, stream: origin.stream, index: 3 + UInt64(index / 8))
      let half = UInt16(truncatingIfNeeded: words[index % 8 / 2] >> (index % 2 == 0 ? 0 : 16))
      #expect(y[index] == (half < 0x4000 ? 0 : value * Float(1 / 0.75)), "element \(index)")
    }
  }

  @Test func probabilityZeroDoesNothing() {
    var random = stream()
    #expect(Tensor.ones([9]).dropout(probability: 0, using: &random).scalars == Tensor.ones([9]).scalars)
    #expect(random == stream())
  }
}
