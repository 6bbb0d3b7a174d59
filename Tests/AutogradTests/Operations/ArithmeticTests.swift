import Autograd
import ComplexModule
import Testing

@Suite struct ArithmeticTests {
  /// Both sides broadcast, ranks 0 to 4, odd extents.
  static let shapes: [[[Int]]] = [
    [[7], [7]], [[3, 5], [3, 5]], [[3, 5], [5]], [[5], [3, 5]], [[3, 1], [1, 5]], [[2, 3, 5], []], [[], [3]],
    [[2, 3, 1, 5], [3, 3, 1]], [[2, 1, 3, 1], [1, 3, 1, 5]], [[1, 1], [1]],
  ]

  @Test(arguments: shapes) func addition(_ shapes: [[Int]]) {
    checkGradients(shapes) {
      $0[0] + $0[1]
    } reference: {
      $0[0].zip($0[1], +)
    }
  }

  @Test(arguments: shapes) func subtraction(_ shapes: [[Int]]) {
    checkGradients(shapes) {
      $0[0] - $0[1]
    } reference: {
      $0[0].zip($0[1], -)
    }
  }

  @Test(arguments: shapes) func multiplication(_ shapes: [[Int]]) {
    checkGradients(shapes) {
      $0[0] * $0[1]
    } reference: {
      $0[0].zip($0[1], *)
    }
  }

  @Test(arguments: shapes) func division(_ shapes: [[Int]]) {
    checkGradients(shapes, values: .uniform(0.5...2)) {
      $0[0] / $0[1]
    } reference: {
      $0[0].zip($0[1], /)
    }
  }

  @Test(arguments: shapes) func tensorPower(_ shapes: [[Int]]) {
    checkGradients(shapes, values: .uniform(0.5...2)) {
      $0[0].power($0[1])
    } reference: {
      $0[0].zip($0[1]) { .exp($1 * .log($0)) }
    }
  }

  @Test func scalars() {
    checkGradients([[3, 5]]) {
      (2 + $0[0]) * 3 - 1
    } reference: {
      $0[0].map { (2 + $0) * 3 - 1 }
    }
    checkGradients([[3, 5]]) {
      (0.5 - $0[0] - 2) / 4
    } reference: {
      $0[0].map { (Complex(-1.5) - $0) / 4 }
    }
    checkGradients([[7]], values: .uniform(0.5...2)) {
      3 / $0[0]
    } reference: {
      $0[0].map { 3 / $0 }
    }
    checkGradients([[2, 3, 5]]) {
      -(1.5 * $0[0])
    } reference: {
      $0[0].map { Complex(-1.5) * $0 }
    }
  }

  @Test func compoundAssignment() {
    checkGradients([[3, 5], [5]], values: .uniform(0.5...2)) { operands in
      var x = operands[0]
      x += operands[1]
      x *= operands[1]
      x -= operands[0]
      x /= operands[1]
      x += 1
      x *= 3
      x -= 2
      x /= 5
      return x
    } reference: {
      $0[0].zip($0[1]) { a, b in (((a + b) * b - a) / b + 1) * 3 / 5 - Complex(0.4) }
    }
  }

  @Test func reusedOperands() {
    checkGradients([[3, 5]]) {
      $0[0] + $0[0]
    } reference: {
      $0[0].map { $0 + $0 }
    }
    checkGradients([[3, 5]]) {
      $0[0] - $0[0] * 3
    } reference: {
      $0[0].map { $0 - $0 * 3 }
    }
    checkGradients([[3, 5]]) {
      $0[0] * $0[0]
    } reference: {
      $0[0].map { $0 * $0 }
    }
    checkGradients([[3, 5]]) {
      $0[0] * $0[0] * $0[0] + $0[0]
    } reference: {
      $0[0].map { $0 * $0 * $0 + $0 }
    }
    checkGradients([[3, 5]]) {
      $0[0].exp() * $0[0].tanh()
    } reference: {
      $0[0].map { .exp($0) * .tanh($0) }
    }
    checkGradients([[5, 5]]) {
      $0[0] * $0[0].transposed()
    } reference: { operands in
      Reference(shape: [5, 5]) { operands[0][$0] * operands[0][[$0[1], $0[0]]] }
    }
  }
}
