import Autograd
import Testing

@Suite(.serialized) struct TapeOverheadTests {
  /// Prints what recording and walking cost beside the arithmetic; the arithmetic of one element costs nothing.
  @Test func printsNanosecondsPerOperation() {
    let parameter = Parameter(Tensor(1))
    let operations = 20_000
    func chain() -> Tensor {
      var y = parameter.tensor
      for _ in 0..<operations { y = y + 1 }
      return y
    }
    var forward = Duration.zero
    var backward = Duration.zero
    let clock = ContinuousClock()
    var unrecorded = Duration.zero
    for _ in 0..<3 {
      unrecorded = clock.measure { withoutGradients { _ = chain() } }
      var y = Tensor(0)
      forward = clock.measure { y = chain() }
      backward = clock.measure { y.backward() }
    }
    let nanoseconds = { (duration: Duration) in Int(duration / .nanoseconds(operations)) }
    print(
      "tape: \(nanoseconds(unrecorded)) ns per operation without recording, \(nanoseconds(forward)) ns with,",
      "\(nanoseconds(backward)) ns per operation of backward")
    #expect(parameter.gradient?.item == 3)
  }
}
