import Autograd
import ComplexModule
import Kernels
import Testing

@Suite struct AttentionTests {
  struct Heads: CustomTestStringConvertible {
    let heads: Int
    let keyValueHeads: Int
    let dimension: Int
    var testDescription: String { "\(heads)/\(keyValueHeads) heads of \(dimension)" }

    /// Σ softmax(q·k/√d)·v over the keys from the start of the document to the query, in complex doubles.
    func attend(_ operands: [Reference], length: Int, starts: [Int32]?) -> Reference {
      let (q, k, v) = (operands[0].values, operands[1].values, operands[2].values)
      let (width, keyWidth) = (heads * dimension, keyValueHeads * dimension)
      let rows = q.count / width
      let scale = Complex(1 / Double(dimension).squareRoot())
      var result = [Complex<Double>](repeating: 0, count: q.count)
      for row in 0..<rows {
        let sequence = row / length * length
        let first = sequence + Int(starts?[row] ?? 0)
        for head in 0..<heads {
          let (offset, keyOffset) = (row * width + head * dimension, head / (heads / keyValueHeads) * dimension)
          var sum: Complex<Double> = 0
          for key in first...row {
            let from = key * keyWidth + keyOffset
            var score: Complex<Double> = 0
            for d in 0..<dimension { score += q[offset + d] * k[from + d] }
            let weight = Complex.exp(score * scale)
            sum += weight
            for d in 0..<dimension { result[offset + d] += weight * v[from + d] }
          }
          for d in 0..<dimension { result[offset + d] /= sum }
        }
      }
      return Reference(result, shape: operands[0].shape)
    }

    func shapes(rows: Int) -> [[Int]] {
      [[rows, heads * dimension], [rows, keyValueHeads * dimension], [rows, keyValueHeads * dimension]]
    }

    func callAsFunction(_ operands: [Tensor], length: Int, starts: [Int32]? = nil) -> Tensor {
      causalAttention(
        queries: operands[0], keys: operands[1], values: operands[2], heads: heads, keyValueHeads: keyValueHeads,
        length: length, documentStarts: starts)
    }
  }

  static let groupings = [
    Heads(heads: 1, keyValueHeads: 1, dimension: 3), Heads(heads: 4, keyValueHeads: 2, dimension: 5),
    Heads(heads: 4, keyValueHeads: 1, dimension: 6), Heads(heads: 2, keyValueHeads: 2, dimension: 20),
  ]

  @Test(arguments: groupings, [1, 5]) func agreesWithItsDefinition(_ heads: Heads, _ length: Int) {
    checkGradients(heads.shapes(rows: 2 * length), values: .uniform(-1...1)) {
      heads($0, length: length)
    } reference: {
      heads.attend($0, length: length, starts: nil)
    }
  }

  @Test(arguments: groupings) func documentsDoNotSeeEachOther(_ heads: Heads) {
    let starts: [Int32] = [0, 0, 2, 3, 3, 3] + [0, 1, 1, 1, 1, 5]
    checkGradients(heads.shapes(rows: 12), values: .uniform(-1...1)) {
      heads($0, length: 6, starts: starts)
    } reference: {
      heads.attend($0, length: 6, starts: starts)
    }
  }

  /// Around the borders of the blocks of 64 keys, along random directions.
  @Test(arguments: [63, 64, 65, 130]) func longSequences(_ length: Int) {
    for heads in [Heads(heads: 4, keyValueHeads: 2, dimension: 20), Heads(heads: 4, keyValueHeads: 1, dimension: 20)] {
      checkDirections(heads.shapes(rows: length)) {
        heads($0, length: length)
      } reference: {
        heads.attend($0, length: length, starts: nil)
      }
    }
  }

  /// A packed sequence gives what its documents give alone, gradients included.
  @Test func packedDocumentsEqualDocumentsAlone() {
    let heads = Heads(heads: 4, keyValueHeads: 2, dimension: 20)
    let lengths = [1, 70, 7, 64, 58]
    let total = lengths.reduce(0, +)
    var random = RandomStream(seed: 3, purpose: .initialization)
    let operands = (heads.shapes(rows: total) + [[total, 80]]).map { shape in
      Tensor((0..<shape[0] * shape[1]).map { _ in random.nextUniform() * 4 - 2 }, shape: Shape(shape))
    }
    func run(_ rows: Range<Int>, starts: [Int32]?) -> [[Float]] {
      let parameters = operands[..<3].map { Parameter($0.slice(rows)) }
      let y = heads(parameters.map(\.tensor), length: rows.count, starts: starts)
      y.backward(operands[3].slice(rows))
      return [y.scalars] + parameters.map { $0.gradient!.scalars }
    }
    var starts: [Int32] = []
    for length in lengths { starts += Array(repeating: Int32(starts.count), count: length) }
    let packed = run(0..<total, starts: starts)
    var alone: [[Float]] = [[], [], [], []]
    var first = 0
    for length in lengths {
      for (part, values) in run(first..<first + length, starts: nil).enumerated() { alone[part] += values }
      first += length
    }
    for (a, b) in zip(packed, alone) {
      let isClose = a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * (1 + abs($1)) }
      #expect(isClose)
    }
  }

  /// Four times the length needs about four times the memory, not sixteen times.
  @Test func memoryGrowsLinearly() {
    func peak(length: Int) -> Int {
      let pool = BufferPool()
      BufferPool.$current.withValue(pool) {
        let heads = Heads(heads: 2, keyValueHeads: 1, dimension: 8)
        let parameters = heads.shapes(rows: length).map { Parameter(Tensor(repeating: 0.1, shape: Shape($0))) }
        heads(parameters.map(\.tensor), length: length).backward(.ones([length, 16]))
      }
      return pool.statistics.peakLentBytes
    }
    let (short, long) = (peak(length: 512), peak(length: 2048))
    #expect(long > short && Double(long) <= 4.5 * Double(short), "\(short) and \(long) bytes")
    // A single matrix of scores would be 16 MiB.
    #expect(long < 8 << 20)
  }
}

/// Compares an operation with its reference in complex doubles: the result element by element, every gradient along
/// random directions, which takes one evaluation each.
private func checkDirections(
  _ shapes: [[Int]], _ operation: ([Tensor]) -> Tensor, reference: ([Reference]) -> Reference
) {
  var random = RandomStream(seed: 9, purpose: .initialization)
  let uniform = { (count: Int) in (0..<count).map { _ in random.nextUniform() * 2 - 1 } }
  let values = shapes.map { uniform($0[0] * $0[1]) }
  let parameters = zip(values, shapes).map { Parameter(Tensor($0, shape: Shape($1))) }
  let inputs = zip(values, shapes).map { Reference($0.map { Complex(Double($0)) }, shape: $1) }
  let result = operation(parameters.map(\.tensor))
  let isClose = zip(result.scalars, reference(inputs).values).allSatisfy { abs(Double($0) - $1.real) <= 3e-6 }
  #expect(isClose)
  let weights = uniform(result.shape.count)
  result.backward(Tensor(weights, shape: result.shape))
  for (position, parameter) in parameters.enumerated() {
    guard let gradient = parameter.gradient?.scalars else {
      Issue.record("operand \(position) got no gradient")
      continue
    }
    for _ in 0..<3 {
      let (step, direction) = (1e-40, uniform(gradient.count))
      var moved = inputs
      for element in direction.indices {
        moved[position].values[element].imaginary = step * Double(direction[element])
      }
      let slope = zip(reference(moved).values, weights).reduce(0) { $0 + $1.0.imaginary / step * Double($1.1) }
      let terms = zip(gradient, direction).map { Double($0) * Double($1) }
      let error = abs(terms.reduce(0, +) - slope) / terms.reduce(0) { $0 + abs($1) }
      #expect(error <= 2e-6, "operand \(position)")
    }
  }
}
