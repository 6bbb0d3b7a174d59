import Autograd
import ComplexModule
import Testing

@Suite struct GatedActivationTests {
  static let shapes = [[1], [5], [3, 7], [2, 3, 11]]

  @Test(arguments: shapes) func squaredReLU(_ shape: [Int]) {
    checkGradients([shape, shape]) {
      gated($0[0], $0[1], activation: .squaredReLU)
    } reference: {
      $0[0].zip($0[1]) { gate, up in gate.real > 0 ? gate * gate * up : 0 }
    }
  }

  @Test(arguments: shapes) func silu(_ shape: [Int]) {
    checkGradients([shape, shape]) {
      gated($0[0], $0[1], activation: .silu)
    } reference: {
      $0[0].zip($0[1]) { gate, up in gate / (1 + .exp(-gate)) * up }
    }
  }

  @Test func bothOperandsMayBeOne() {
    checkGradients([[13]]) {
      gated($0[0], $0[0], activation: .silu)
    } reference: {
      $0[0].map { $0 * $0 / (1 + .exp(-$0)) }
    }
  }
}
