import Autograd
import Extension
import Foundation
import Testing

@Suite struct SoftCapTests {
  static let values: [Float] = [-30, -4, -1.5, -0.25, 0, 0.125, 1, 3, 17, 200]

  @Test func capsAtTheLimit() {
    let capped = Tensor(Self.values, shape: [2, 5]).softCapped(at: 5)
    #expect(capped.shape == [2, 5])
    for (y, x) in zip(capped.scalars, Self.values) { #expect(abs(y - 5 * tanh(x / 5)) <= 1e-6) }
  }

  @Test func theGradientAgreesWithFiniteDifferences() throws {
    let x = Parameter(Tensor(Self.values, shape: [10]))
    let weights = (0..<10).map { Float($0) - 4.5 }
    func loss() -> Tensor { (x.tensor.softCapped(at: 5) * Tensor(weights, shape: [10])).sum() }
    loss().backward()
    let gradient = try #require(x.gradient).scalars
    for index in Self.values.indices {
      func moved(_ step: Float) -> Double {
        var values = Self.values
        values[index] += step
        let capped = Tensor(values, shape: [10]).softCapped(at: 5).scalars
        return zip(capped, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      }
      let difference = (moved(0.01) - moved(-0.01)) / 0.02
      #expect(abs(Double(gradient[index]) - difference) <= 2e-3, "element \(index)")
    }
  }

  /// Two uses of one operand add up; nothing is recorded where nobody asks.
  @Test func gradientsAddUp() throws {
    let x = Parameter(.zeros([3]))
    (x.tensor.softCapped(at: 2) + x.tensor.softCapped(at: 7)).sum().backward()
    #expect(try #require(x.gradient).scalars == [2, 2, 2])
    #expect(!withoutGradients { x.tensor.softCapped(at: 2) }.requiresGradient)
  }
}
