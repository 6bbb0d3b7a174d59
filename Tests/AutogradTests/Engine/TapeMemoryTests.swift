import Autograd
import Kernels
import Testing

/// What recording keeps in memory until the backward pass.
@Suite struct TapeMemoryTests {
  private static let operations = 20_000

  /// Runs a chain of operations in a pool of its own and returns the blocks that were lent at once, at most.
  private func peak(_ body: () -> Void) -> Int {
    let pool = BufferPool()
    BufferPool.$current.withValue(pool, operation: body)
    #expect(pool.statistics.lentBytes == 0)
    return pool.statistics.peakLentBytes / BufferPool.capacity(forByteCount: 4)
  }

  private func chain(_ parameter: Parameter, _ operation: (Tensor) -> Tensor) -> Tensor {
    var y = parameter.tensor
    for _ in 0..<Self.operations { y = operation(y) }
    return y
  }

  @Test func whatSavesNothingKeepsNothing() {
    let blocks = peak {
      let parameter = Parameter(Tensor(1))
      chain(parameter) { $0 + 1 }.backward()
      #expect(parameter.gradient?.item == 1)
    }
    #expect(blocks < 10)
  }

  @Test func whatSavesItsResultKeepsOneTensorAnOperation() {
    let blocks = peak {
      let parameter = Parameter(Tensor(1))
      chain(parameter) { $0.tanh() }.backward()
      #expect(parameter.gradient != nil)
    }
    #expect((Self.operations..<Self.operations + 10).contains(blocks))
  }

  @Test func withoutRecordingNothingIsKept() {
    let parameter = Parameter(Tensor(1))
    #expect(peak { withoutGradients { _ = chain(parameter) { $0.tanh() } } } < 10)
  }
}
