import Autograd
import Testing

/// Programmer errors stop the program; each test body runs in a process of its own.
@Suite struct PreconditionTests {
  @Test func secondBackwardOverAFreedGraph() async {
    await #expect(processExitsWith: .failure) {
      let x = Parameter(Tensor([1, 2], shape: [2]))
      let loss = (x.tensor * x.tensor).sum()
      loss.backward()
      loss.backward()
    }
  }

  @Test func twoLossesOverAFreedTrunk() async {
    await #expect(processExitsWith: .failure) {
      let x = Parameter(Tensor([1, 2], shape: [2]))
      let trunk = x.tensor.exp()
      trunk.sum().backward()
      trunk.mean().backward()
    }
  }

  @Test func backwardOfAConstant() async {
    await #expect(processExitsWith: .failure) { Tensor(1).backward() }
  }

  @Test func backwardOfManyElementsWithoutAGradient() async {
    await #expect(processExitsWith: .failure) { Parameter(Tensor([1, 2], shape: [2])).tensor.backward() }
  }

  @Test func shapesThatDoNotBroadcast() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.ones([2, 3]) + Tensor.ones([2]) }
  }

  @Test func shapesThatDoNotMultiply() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.ones([2, 3]).matmul(Tensor.ones([2, 3])) }
  }

  @Test func indexOutsideOfTheAxis() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.ones([2, 3]).indexSelect([0, 2]) }
  }

  @Test func reshapeToAnotherCount() async {
    await #expect(processExitsWith: .failure) { _ = Tensor.ones([2, 3]).reshaped(to: [4, -1]) }
  }

  /// The message names both shapes.
  @Test func messagesNameTheShapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor.concatenate([Tensor.ones([2, 3]), Tensor.ones([3, 2])], axis: 1)
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("[2, 3]") && message.contains("[3, 2]"))
  }
}
