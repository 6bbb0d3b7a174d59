import Kernels

/// An associative function that folds many values into one.
protocol ReductionOperator {
  static var identity: Float { get }
  static func combine(_ left: Float, _ right: Float) -> Float
  static func combine(_ left: SIMD16<Float>, _ right: SIMD16<Float>) -> SIMD16<Float>
}

enum Summation: ReductionOperator {
  static var identity: Float { 0 }
  static func combine(_ left: Float, _ right: Float) -> Float { left + right }
  static func combine(_ left: SIMD16<Float>, _ right: SIMD16<Float>) -> SIMD16<Float> { left + right }
}

/// The largest value; a NaN wins over all.
enum Maximum: ReductionOperator {
  static var identity: Float { -.infinity }

  static func combine(_ left: Float, _ right: Float) -> Float {
    right > left || right.isNaN ? right : left
  }

  static func combine(_ left: SIMD16<Float>, _ right: SIMD16<Float>) -> SIMD16<Float> {
    left.replacing(with: right, where: (right .> left) .| (right .!= right))
  }
}

extension Tensor {
  /// Folds the axes on which `target`, aligned at the last axis, has extent 1 or none; not recorded.
  ///
  /// Every output element is computed by one thread in an order fixed by the shapes: the bits do not depend on the
  /// number of threads.
  func reduced<Operator: ReductionOperator>(to target: Shape, by _: Operator.Type) -> Tensor {
    let source = detached.float32
    let result = Tensor(uninitialized: target)
    if target.count == 1 && source.isContiguous {
      result.floats[0] = Reduction<Operator>.dense(source.floats, count: shape.count)
    } else {
      Reduction<Operator>(source, result).run()
    }
    return result
  }
}

/// One reduction of a strided tensor, seen as rank 4, into a dense one.
private struct Reduction<Operator: ReductionOperator> {
  let source: UnsafePointer<Float>
  let result: UnsafeMutablePointer<Float>
  let extents: SIMD4<Int>
  let steps: SIMD4<Int>
  /// Extents of the result.
  let kept: SIMD4<Int>

  init(_ source: Tensor, _ result: Tensor) {
    self.source = UnsafePointer(source.floats)
    self.result = result.floats
    extents = source.shape.paddedToFour
    steps = source.paddedStrides
    kept = result.shape.paddedToFour
  }

  func run() {
    let rows = kept[0] * kept[1] * kept[2]
    guard rows > 0 && kept[3] > 0 else { return }
    let perElement = extents[0] * extents[1] * extents[2] * extents[3] / (rows * kept[3])
    let grain = Elementwise.grain / max(1, perElement)
    if kept[3] == 1 {
      ThreadPool.current.forEachRange(of: rows, minimumPerThread: grain) { range in
        for row in range { result[row] = foldToScalar(row) }
      }
    } else if rows == 1 {
      ThreadPool.current.forEachRange(of: kept[3], multipleOf: 16, minimumPerThread: grain) { foldToRow(0, $0) }
    } else {
      ThreadPool.current.forEachRange(of: rows, minimumPerThread: max(1, grain / kept[3])) { range in
        for row in range { foldToRow(row, 0..<kept[3]) }
      }
    }
  }

  private func foldToScalar(_ row: Int) -> Float {
    var folded = Operator.identity
    forEachSourceRow(of: row) { folded = Operator.combine(folded, Self.row($0, step: steps[3], count: extents[3])) }
    return folded
  }

  private func foldToRow(_ row: Int, _ columns: Range<Int>) {
    let to = result + row * kept[3]
    for column in columns { to[column] = Operator.identity }
    let step = steps[3]
    forEachSourceRow(of: row) { from in
      if step == 1 {
        for column in columns { to[column] = Operator.combine(to[column], from[column]) }
      } else {
        for column in columns { to[column] = Operator.combine(to[column], from[column * step]) }
      }
    }
  }

  /// Visits the rows of the source that fold into one row of the result.
  @inline(__always)
  private func forEachSourceRow(of row: Int, _ body: (UnsafePointer<Float>) -> Void) {
    let (k, ij) = (row % kept[2], row / kept[2])
    let (j, i) = (ij % kept[1], ij / kept[1])
    let base = source + (i * steps[0] + j * steps[1] + k * steps[2])
    for p in 0..<extents[0] / kept[0] {
      for q in 0..<extents[1] / kept[1] {
        for r in 0..<extents[2] / kept[2] { body(base + (p * steps[0] + q * steps[1] + r * steps[2])) }
      }
    }
  }

  /// Folds a row in sixteen lanes: fast, and the rounding errors grow sixteen times slower.
  private static func row(_ source: UnsafePointer<Float>, step: Int, count: Int) -> Float {
    var folded = Operator.identity
    guard step == 1 else {
      for index in 0..<count { folded = Operator.combine(folded, source[index * step]) }
      return folded
    }
    var lanes = SIMD16<Float>(repeating: Operator.identity)
    let vectorised = count / 16 * 16
    for index in stride(from: 0, to: vectorised, by: 16) {
      let next = UnsafeRawPointer(source + index).loadUnaligned(as: SIMD16<Float>.self)
      lanes = Operator.combine(lanes, next)
    }
    for lane in 0..<16 { folded = Operator.combine(folded, lanes[lane]) }
    for index in vectorised..<count { folded = Operator.combine(folded, source[index]) }
    return folded
  }

  /// Folds dense memory block by block, so that threads can share the work without changing the result.
  static func dense(_ source: UnsafePointer<Float>, count: Int) -> Float {
    let block = 4096
    guard count > block else { return row(source, step: 1, count: count) }
    let blocks = (count + block - 1) / block
    let partial = Tensor(uninitialized: [blocks])
    let folded = partial.floats
    ThreadPool.current.forEachRange(of: blocks, minimumPerThread: Elementwise.grain / block) { range in
      for index in range {
        folded[index] = row(source + index * block, step: 1, count: min(block, count - index * block))
      }
    }
    return row(folded, step: 1, count: blocks)
  }
}
