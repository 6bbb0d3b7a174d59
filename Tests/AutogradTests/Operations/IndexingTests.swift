import Autograd
import ComplexModule
import Testing

@Suite struct IndexingTests {
  @Test(arguments: [0, 1, 2, -1]) func indexSelect(_ axis: Int) {
    let shape = [4, 5, 4]
    let indices: [Int32] = [3, 0, 3, 1, 3]
    let resolved = axis < 0 ? 2 : axis
    var selected = shape
    selected[resolved] = indices.count
    checkGradients([shape]) {
      $0[0].indexSelect(indices, axis: axis)
    } reference: { operands in
      Reference(shape: selected) { index in
        var source = index
        source[resolved] = Int(indices[index[resolved]])
        return operands[0][source]
      }
    }
  }

  @Test func gatherPicksOnePerRow() {
    let targets: [Int32] = [2, 0, 4, 4, 1, 3]
    checkGradients([[2, 3, 5]]) {
      $0[0].logSoftmax().gather(targets)
    } reference: { operands in
      Reference(shape: [2, 3, 1]) { i in
        let row = (0..<5).map { operands[0][[i[0], i[1], $0]] }
        return row[Int(targets[i[0] * 3 + i[1]])] - .log(row.reduce(0) { $0 + .exp($1) })
      }
    }
  }

  @Test(arguments: [0, 1]) func gatherSeveral(_ axis: Int) {
    let shape = [3, 4]
    var gathered = shape
    gathered[axis] = 2
    let indices: [Int32] = axis == 0 ? [2, 0, 1, 1, 2, 2, 1, 0] : [3, 3, 0, 1, 2, 1]
    checkGradients([shape]) {
      $0[0].gather(indices, axis: axis)
    } reference: { operands in
      Reference(shape: gathered) { index in
        var source = index
        source[axis] = Int(indices[index[0] * gathered[1] + index[1]])
        return operands[0][source]
      }
    }
  }

  @Test func replacing() {
    let condition = Tensor([0, 1, 1, 0, -2], shape: [5])
    checkGradients([[3, 5], [3, 1]]) {
      $0[0].replacing(with: $0[1], where: condition)
    } reference: { operands in
      Reference(shape: [3, 5]) { [1, 2, 4].contains($0[1]) ? operands[1][$0] : operands[0][$0] }
    }
    checkGradients([[5]]) {
      $0[0].replacing(with: 7, where: condition) * $0[0]
    } reference: { operands in
      Reference(shape: [5]) { ([1, 2, 4].contains($0[0]) ? 7 : operands[0][$0]) * operands[0][$0] }
    }
  }

  /// What is not chosen does not leak, not even as NaN.
  @Test func replacedValuesGetNoGradient() {
    let parameter = Parameter(Tensor([0, 4], shape: [2]))
    let x = parameter.tensor
    x.replacing(with: 0, where: Tensor([1, 0], shape: [2])).log().slice(1..<2).sum().backward()
    #expect(parameter.gradient?.scalars == [0, 0.25])
  }
}
