import Kernels

/// The extents of a tensor of rank 0 to 4, held inline.
///
/// Also used for strides. An array would cost one heap allocation per tensor.
public struct Shape: Equatable, Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public static let maximumRank = 4

  public let rank: Int
  private var extents: SIMD4<Int>

  public init(_ extents: some Collection<Int>) {
    require(extents.count <= Self.maximumRank, "rank \(extents.count) is above \(Self.maximumRank): \(extents)")
    rank = extents.count
    self.extents = SIMD4(repeating: 1)
    for (axis, extent) in extents.enumerated() { self.extents[axis] = extent }
  }

  public init(arrayLiteral extents: Int...) {
    self.init(extents)
  }

  /// The extent of `axis`; negative axes count from the end.
  public subscript(axis: Int) -> Int {
    get { extents[resolved(axis)] }
    set { extents[resolved(axis)] = newValue }
  }

  /// Number of elements.
  public var count: Int { extents[0] * extents[1] * extents[2] * extents[3] }

  /// Number of rows along the last axis: the product of the other extents.
  package var rowCount: Int {
    var rows = 1
    for axis in 0..<max(0, rank - 1) { rows *= extents[axis] }
    return rows
  }

  public var array: [Int] { (0..<rank).map { extents[$0] } }

  public var description: String { "[" + array.map(String.init).joined(separator: ", ") + "]" }

  /// `axis` counted from the front.
  package func resolved(_ axis: Int) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    require(resolved >= 0 && resolved < max(rank, 1), "axis \(axis) is outside of shape \(self)")
    return resolved
  }

  /// Row-major strides in elements.
  package var contiguousStrides: Shape {
    var strides = self
    var step = 1
    for axis in stride(from: rank - 1, through: 0, by: -1) {
      strides[axis] = step
      step *= self[axis]
    }
    return strides
  }

  /// The extents with axes of extent 1 put in front until the rank is 4.
  package var paddedToFour: SIMD4<Int> {
    var padded = SIMD4(repeating: 1)
    for axis in 0..<rank { padded[4 - rank + axis] = extents[axis] }
    return padded
  }

  /// The shape that `self` and `other` broadcast to, by NumPy's rules.
  package func broadcast(with other: Shape) -> Shape {
    guard self != other else { return self }
    let (longer, shorter) = rank >= other.rank ? (self, other) : (other, self)
    var result = longer
    for axis in stride(from: -1, through: -shorter.rank, by: -1) {
      let (a, b) = (longer[axis], shorter[axis])
      require(a == b || a == 1 || b == 1, "shapes \(self) and \(other) do not broadcast")
      result[axis] = a == 1 ? b : a
    }
    return result
  }
}
