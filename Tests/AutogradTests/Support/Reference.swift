import ComplexModule

/// A tensor of complex doubles, on which each operation is written a second time, plainly and by index.
///
/// Complex numbers give derivatives without cancellation: f′(x) = Im f(x + ih) / h, with h as small as one likes.
struct Reference {
  let shape: [Int]
  var values: [Complex<Double>]

  init(_ values: [Complex<Double>], shape: [Int]) {
    self.values = values
    self.shape = shape
  }

  /// Computes every element from its index.
  init(shape: [Int], _ element: ([Int]) -> Complex<Double>) {
    self.shape = shape
    values = Self.indices(of: shape).map(element)
  }

  /// The element that `index`, of a shape this one broadcasts to, stands for.
  subscript(index: [Int]) -> Complex<Double> {
    var offset = 0
    for (axis, extent) in shape.enumerated() {
      let position = index[index.count - shape.count + axis]
      offset = offset * extent + (extent == 1 ? 0 : position)
    }
    return values[offset]
  }

  func map(_ transform: (Complex<Double>) -> Complex<Double>) -> Reference {
    Reference(values.map(transform), shape: shape)
  }

  func zip(_ other: Reference, _ combine: (Complex<Double>, Complex<Double>) -> Complex<Double>) -> Reference {
    Reference(shape: Self.broadcast(shape, other.shape)) { combine(self[$0], other[$0]) }
  }

  /// Folds the elements along `axes`, which keep the extent 1.
  func fold(_ axes: [Int], _ combine: ([Complex<Double>]) -> Complex<Double>) -> Reference {
    var folded = shape
    for axis in axes { folded[axis] = 1 }
    return Reference(shape: folded) { target in
      combine(Self.indices(of: shape).filter { Self.project($0, axes) == target }.map { self[$0] })
    }
  }

  static func indices(of shape: [Int]) -> [[Int]] {
    shape.reduce([[]]) { prefixes, extent in prefixes.flatMap { prefix in (0..<extent).map { prefix + [$0] } } }
  }

  private static func project(_ index: [Int], _ axes: [Int]) -> [Int] {
    index.enumerated().map { axes.contains($0.offset) ? 0 : $0.element }
  }

  private static func broadcast(_ left: [Int], _ right: [Int]) -> [Int] {
    let rank = max(left.count, right.count)
    let pad = { (shape: [Int]) in Array(repeating: 1, count: rank - shape.count) + shape }
    return Swift.zip(pad(left), pad(right)).map { $0 == 1 ? $1 : $0 }
  }
}
