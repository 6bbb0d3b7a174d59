import Autograd
import Testing

@Suite struct ParameterTests {
  /// A dense slice shares memory with what lies in front of it.
  @Test func aParameterMayBeMadeFromAView() {
    let whole = Tensor((0..<12).map(Float.init), shape: [4, 3])
    let parameter = Parameter(whole.slice(2..<4))
    #expect(parameter.value.scalars == [6, 7, 8, 9, 10, 11])
    #expect(parameter.tensor.scalars == parameter.value.scalars)
    (parameter.tensor * parameter.tensor).sum().backward()
    #expect(parameter.gradient?.scalars == [12, 14, 16, 18, 20, 22])
  }
}
