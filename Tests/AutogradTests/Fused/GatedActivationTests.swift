import Autograd
import ComplexModule
import Foundation
import Kernels
import Testing

@Suite struct GatedActivationTests {
  static let shapes = [[1], [5], [3, 7], [2, 3, 11]]

  @Test(arguments: shapes) func relu2(_ shape: [Int]) {
    checkGradients([shape, shape]) {
      gated($0[0], $0[1], activation: .relu2)
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

  @Test(arguments: shapes) func geluTanh(_ shape: [Int]) {
    checkGradients([shape, shape]) {
      gated($0[0], $0[1], activation: .geluTanh)
    } reference: {
      $0[0].zip($0[1]) { x, up in
        let cube = x * x * x
        let inner = (x + Complex(0.044715) * cube) * Complex((8 / Double.pi).squareRoot())
        let gate = x / (1 + .exp(-inner))
        return gate * up
      }
    }
  }

  /// The derivative of Φ is the density: that is all a complex step needs.
  @Test(arguments: shapes) func gelu(_ shape: [Int]) {
    checkGradients([shape, shape]) {
      gated($0[0], $0[1], activation: .gelu)
    } reference: {
      $0[0].zip($0[1]) { x, up in
        let share = erfc(-x.real / 2.0.squareRoot()) / 2
        let density = exp(-x.real * x.real / 2) / (2 * Double.pi).squareRoot()
        return x * Complex(share, x.imaginary * density) * up
      }
    }
  }

  @Test(arguments: shapes) func relu(_ shape: [Int]) {
    checkGradients([shape, shape]) {
      gated($0[0], $0[1], activation: .relu)
    } reference: {
      $0[0].zip($0[1]) { gate, up in gate.real > 0 ? gate * up : 0 }
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
