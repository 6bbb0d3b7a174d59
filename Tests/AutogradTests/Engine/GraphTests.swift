import Autograd
import Kernels
import Testing

@Suite struct GraphTests {
  private func parameter(_ values: Float...) -> Parameter { Parameter(Tensor(values, shape: [values.count])) }

  @Test func gradientsAccumulateOverBackwardCalls() {
    let x = parameter(1, 2, 3)
    for round in 1...3 {
      (x.tensor * x.tensor).sum().backward()
      #expect(x.gradient?.scalars == [2, 4, 6].map { $0 * Float(round) })
    }
    x.gradient = nil
    x.tensor.sum().backward()
    #expect(x.gradient?.scalars == [1, 1, 1])
  }

  /// A diamond of diamonds: 2²⁰ paths, each node walked once.
  @Test func diamonds() {
    let x = parameter(1, 2, 3)
    var y = x.tensor
    for _ in 0..<20 { y = (y * 0.5) + (y * 0.5) }
    y.sum().backward()
    #expect(x.gradient?.scalars == [1, 1, 1])
  }

  @Test func twoParametersNeverShareTheirGradientMemory() {
    let (x, y) = (parameter(1, 2), parameter(3, 4))
    let seed = Tensor([1, 1], shape: [2])
    (x.tensor + y.tensor).backward(seed)
    x.gradient?.floats[0] = 9
    #expect(y.gradient?.scalars == [1, 1] && seed.scalars == [1, 1])
    let parts = [x, y].map { $0.gradient.map { ObjectIdentifier($0.storage) } }
    #expect(parts[0] != parts[1])
  }

  @Test func aParameterIsItsOwnGraph() {
    let x = parameter(1, 2)
    x.tensor.backward(Tensor([3, 4], shape: [2]))
    x.tensor.backward(Tensor([3, 4], shape: [2]))
    #expect(x.gradient?.scalars == [6, 8])
  }

  @Test func onlyWhatDependsOnATrainableParameterIsRecorded() {
    let (trainable, frozen) = (parameter(2), parameter(3))
    frozen.isTrainable = false
    #expect(!(frozen.tensor * frozen.tensor).requiresGradient)
    #expect(!(Tensor([1], shape: [1]) + 1).requiresGradient)
    let y = trainable.tensor * frozen.tensor
    #expect(y.requiresGradient && !y.detached.requiresGradient)
    y.backward()
    #expect(trainable.gradient?.item == 3 && frozen.gradient == nil)
  }

  @Test func withoutGradientsRecordsNothing() {
    let x = parameter(1, 2)
    let recorded = x.tensor * 2
    let y = withoutGradients { (x.tensor + recorded).sum() }
    #expect(!y.requiresGradient && y.item == 9)
    #expect((x.tensor + 1).requiresGradient)
    let z = withoutGradients { recorded * 3 } + x.tensor
    z.sum().backward()
    #expect(x.gradient?.scalars == [1, 1])
  }

  @Test func detachedValuesAreConstants() {
    let x = parameter(2, 3)
    (x.tensor * x.tensor.detached).sum().backward()
    #expect(x.gradient?.scalars == [2, 3])
  }

  /// What an operation saved is returned to the pool while the graph is walked, not after.
  @Test func theGraphIsFreedWhileItIsWalked() {
    let pool = BufferPool()
    BufferPool.$current.withValue(pool) {
      let x = Parameter(Tensor(repeating: 1.5, shape: [4096]))
      let before = pool.statistics.lentBytes
      var loss: Tensor? = (0..<50).reduce(x.tensor) { y, _ in y.tanh() }.sum()
      let recorded = pool.statistics.lentBytes
      #expect(recorded - before >= 50 * 16_384)
      loss?.backward()
      #expect(pool.statistics.lentBytes - before < 3 * 16_384)
      // Backward needs two gradients at a time beside what forward had saved.
      #expect(pool.statistics.peakLentBytes < recorded + 4 * 16_384)
      loss = nil
      x.gradient = nil
      #expect(pool.statistics.lentBytes == before)
    }
  }

  @Test func aDroppedGraphIsFreed() {
    let pool = BufferPool()
    BufferPool.$current.withValue(pool) {
      let x = Parameter(Tensor([1], shape: [1]))
      let before = pool.statistics.lentBytes
      // Long enough to overflow the stack, were it freed recursively.
      var y = Optional(x.tensor)
      for _ in 0..<200_000 { y = y.map { $0 + 0 } }
      y = nil
      #expect(pool.statistics.lentBytes == before)
    }
  }

  @Test func aLongChainIsWalked() {
    let x = parameter(1)
    var y = x.tensor
    for _ in 0..<100_000 { y = y + 1 }
    y.backward()
    #expect(y.item == 100_001 && x.gradient?.item == 1)
  }

  @Test func aWeakReferenceSeesTheGraphGo() {
    let x = parameter(1, 2)
    weak var inner: AnyObject?
    var loss: Tensor? = {
      let y = x.tensor.exp()
      inner = y.node
      return (y * y).sum()
    }()
    #expect(inner != nil)
    loss?.backward()
    #expect(inner == nil)
    loss = nil
  }
}
