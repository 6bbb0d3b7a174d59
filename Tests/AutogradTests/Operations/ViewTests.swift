import Autograd
import ComplexModule
import Testing

@Suite struct ViewTests {
  @Test(arguments: [[0], [1, 0], [0, 1], [2, 0, 1], [3, 1, 0, 2], [0, 2, 1, 3]])
  func permutation(_ order: [Int]) {
    let shape = Array([2, 3, 4, 5].prefix(order.count))
    checkGradients([shape]) {
      $0[0].permuted(order)
    } reference: { operands in
      Reference(shape: order.map { shape[$0] }) { index in
        var source = index
        for (axis, from) in order.enumerated() { source[from] = index[axis] }
        return operands[0][source]
      }
    }
  }

  @Test func transposition() {
    checkGradients([[2, 3, 4]]) {
      $0[0].transposed(0, -1)
    } reference: { operands in
      Reference(shape: [4, 3, 2]) { operands[0][[$0[2], $0[1], $0[0]]] }
    }
  }

  @Test(arguments: [[30], [5, 6], [5, -1], [-1, 2], [1, 30, 1], [2, 3, 5, 1]])
  func reshape(_ target: [Int]) {
    let known = -target.reduce(1, *)
    let resolved = target.map { $0 == -1 ? 30 / known : $0 }
    checkGradients([[2, 3, 5]]) {
      $0[0].reshaped(to: Shape(target))
    } reference: {
      Reference($0[0].values, shape: resolved)
    }
  }

  @Test func axesOfExtentOne() {
    checkGradients([[3, 5]]) {
      $0[0].insertingAxis(at: 1)
    } reference: {
      Reference($0[0].values, shape: [3, 1, 5])
    }
    checkGradients([[3, 5]]) {
      $0[0].insertingAxis(at: -1)
    } reference: {
      Reference($0[0].values, shape: [3, 5, 1])
    }
    checkGradients([[3, 1, 5]]) {
      $0[0].removingAxis(at: -2)
    } reference: {
      Reference($0[0].values, shape: [3, 5])
    }
  }

  @Test func slices() {
    checkGradients([[5, 4, 3]]) {
      $0[0][1..<4, 0..., ...1]
    } reference: { operands in
      Reference(shape: [3, 4, 2]) { operands[0][[$0[0] + 1, $0[1], $0[2]]] }
    }
    checkGradients([[7]]) {
      $0[0].slice(2..<7)
    } reference: { operands in
      Reference(shape: [5]) { operands[0][[$0[0] + 2]] }
    }
    checkGradients([[2, 3, 2, 4]]) {
      $0[0].slice(1..<3, axis: -1)
    } reference: { operands in
      Reference(shape: [2, 3, 2, 2]) { operands[0][[$0[0], $0[1], $0[2], $0[3] + 1]] }
    }
  }

  /// Several slices of one tensor add up in one gradient, where they overlap and where they do not.
  @Test func overlappingSlices() {
    checkGradients([[3, 6]]) {
      $0[0][0..., 0..<4] * $0[0][0..., 2..<6]
    } reference: { operands in
      Reference(shape: [3, 4]) { operands[0][$0] * operands[0][[$0[0], $0[1] + 2]] }
    }
  }

  @Test(arguments: [0, 1, 2]) func concatenation(_ axis: Int) {
    var shapes = [[2, 3, 4], [2, 3, 4], [2, 3, 4]]
    shapes[1][axis] = 1
    shapes[2][axis] = 5
    var joined = shapes[0]
    joined[axis] += 6
    let first = shapes[0][axis]
    checkGradients(shapes) {
      .concatenate($0, axis: axis)
    } reference: { operands in
      Reference(shape: joined) { index in
        var source = index
        let position = index[axis]
        let operand = position < first ? 0 : position == first ? 1 : 2
        source[axis] = operand == 0 ? position : operand == 1 ? 0 : position - first - 1
        return operands[operand][source]
      }
    }
  }

  @Test func concatenationWithItself() {
    checkGradients([[3, 2]]) {
      .concatenate([$0[0], $0[0] * 2, $0[0]], axis: -1)
    } reference: { operands in
      Reference(shape: [3, 6]) { operands[0][[$0[0], $0[1] % 2]] * ($0[1] / 2 == 1 ? 2 : 1) }
    }
  }

  @Test(
    arguments: [([5], [3, 5]), ([], [2, 2]), ([3, 1], [3, 4]), ([1, 3, 1], [2, 5, 3, 2])] as [([Int], [Int])])
  func broadcasting(_ shape: [Int], _ target: [Int]) {
    checkGradients([shape]) {
      $0[0].broadcast(to: Shape(target))
    } reference: { operands in
      Reference(shape: target) { operands[0][$0] }
    }
  }

  @Test func viewsShareTheirMemory() {
    let x = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
    let memory = ObjectIdentifier(x.storage)
    for view in [x.permuted(2, 0, 1), x.reshaped(to: [6, 4]), x[1..<2], x.broadcast(to: [5, 2, 3, 4])] {
      #expect(ObjectIdentifier(view.storage) == memory)
    }
    #expect(ObjectIdentifier(x.transposed().reshaped(to: [24]).storage) != memory)
  }

  @Test func viewsOfBFloat16StayNarrow() {
    let x = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]).bfloat16
    #expect(x.transposed().dataType == .bfloat16 && x.transposed().scalars == [1, 4, 2, 5, 3, 6])
    #expect(x.transposed().contiguous.dataType == .bfloat16)
    #expect(x[0..., 1..<3].reshaped(to: [4]).scalars == [2, 3, 5, 6])
    #expect((x + x).dataType == .float32)
  }

  @Test func roundingPassesTheGradient() {
    let parameter = Parameter(Tensor([1.001, -2.003], shape: [2]))
    (parameter.tensor.bfloat16.float32 * 3).sum().backward()
    #expect(parameter.gradient?.scalars == [3, 3])
  }
}
