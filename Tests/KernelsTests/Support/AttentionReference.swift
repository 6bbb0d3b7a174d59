import Foundation

/// Causal attention of one head in doubles, straight from its definition, with gradients.
struct AttentionReference {
  let length: Int
  let dimension: Int
  var query: [[Double]] = []
  var key: [[Double]] = []
  var value: [[Double]] = []
  /// First visible key of each query.
  let starts: [Int]

  private(set) var output: [[Double]] = []
  private(set) var logSums: [Double] = []
  private var weights: [[Double]] = []

  /// - Parameters:
  ///   - q, k, v: rows, `qStride` or `kvStride` elements apart, of which the first `dimension` count.
  init(
    q: [Float], k: [Float], v: [Float], qStride: Int, kvStride: Int, length: Int, dimension: Int, starts: [Int32]?
  ) {
    self.length = length
    self.dimension = dimension
    self.starts = starts.map { $0.map(Int.init) } ?? Array(repeating: 0, count: length)
    let rows = { (from: [Float], stride: Int) in
      (0..<length).map { row in from[row * stride..<row * stride + dimension].map(Double.init) }
    }
    (query, key, value) = (rows(q, qStride), rows(k, kvStride), rows(v, kvStride))
    for i in 0..<length { attend(i) }
  }

  private mutating func attend(_ i: Int) {
    let scores = (self.starts[i]...i).map { dot(query[i], key[$0]) / Double(dimension).squareRoot() }
    let largest = scores.max() ?? 0
    let sum = scores.reduce(0) { $0 + exp($1 - largest) }
    logSums.append(largest + log(sum))
    var (row, result) = (Array(repeating: 0.0, count: length), Array(repeating: 0.0, count: dimension))
    for (offset, score) in scores.enumerated() {
      let j = starts[i] + offset
      row[j] = exp(score - largest) / sum
      for d in 0..<dimension { result[d] += row[j] * value[j][d] }
    }
    weights.append(row)
    output.append(result)
  }

  /// The Jacobian of softmax applied to dP = dY·Vᵀ, without the shortcut through Σ dY·Y.
  func gradients(_ dy: [[Double]]) -> (query: [[Double]], key: [[Double]], value: [[Double]]) {
    let zero = Array(repeating: Array(repeating: 0.0, count: dimension), count: length)
    var (dq, dk, dv) = (zero, zero, zero)
    let scale = 1 / Double(dimension).squareRoot()
    for i in 0..<length {
      let dWeights = (starts[i]...i).map { dot(dy[i], value[$0]) }
      let mean = dWeights.enumerated().reduce(0) { $0 + $1.element * weights[i][starts[i] + $1.offset] }
      for (offset, dWeight) in dWeights.enumerated() {
        let j = starts[i] + offset
        let slope = weights[i][j] * (dWeight - mean) * scale
        for d in 0..<dimension {
          dq[i][d] += slope * key[j][d]
          dk[j][d] += slope * query[i][d]
          dv[j][d] += weights[i][j] * dy[i][d]
        }
      }
    }
    return (dq, dk, dv)
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for d in 0..<dimension { sum += a[d] * b[d] }
    return sum
  }
}
