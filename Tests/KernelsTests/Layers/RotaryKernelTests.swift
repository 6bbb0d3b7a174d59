import CKernels
import Foundation
import Kernels
import Testing

@Suite struct RotaryKernelTests {
  @Test(arguments: [2, 6, 20, 34, 64]) func turnsThePairsOfEveryHead(_ headDimension: Int) {
    var samples = Samples(headDimension)
    let (rows, heads, half) = (7, 3, headDimension / 2)
    let x = samples.floats(rows * heads * headDimension)
    let angles = samples.floats(11 * half, magnitude: 3)
    let (cosine, sine) = (angles.map { Float(cos(Double($0))) }, angles.map { Float(sin(Double($0))) })
    let positions = samples.integers(rows, in: Int32(0)...10)
    for direction: Float in [1, -1] {
      forEachTable { kernels, path in
        for placement in Placement.allCases {
          let (from, p) = (GuardedBuffer(x, placement), GuardedBuffer(positions, placement))
          let (c, s) = (GuardedBuffer(cosine, placement), GuardedBuffer(sine, placement))
          let y = GuardedBuffer<Float>(repeating: 99, count: x.count, placement)
          kernels.rope(
            from.pointer, rows, heads, headDimension, c.pointer, s.pointer, p.pointer, direction, y.pointer)
          let isRight = y.elements.enumerated().allSatisfy { index, value in
            let (row, lane) = (index / (heads * headDimension), index % headDimension)
            let entry = Int(positions[row]) * half + lane % half
            let other = lane < half ? x[index + half] : x[index - half]
            let sign: Double = lane < half ? -1 : 1
            let expected =
              Double(x[index]) * Double(cosine[entry]) + sign * Double(direction) * Double(other) * Double(sine[entry])
            return abs(Double(value) - expected) <= 3 * unitRoundoff * Double(abs(x[index]) + abs(other))
          }
          #expect(isRight, "\(path), \(placement)")
          // In place.
          kernels.rope(
            from.pointer, rows, heads, headDimension, c.pointer, s.pointer, p.pointer, direction, from.pointer)
          expectSame(from.elements.bitPatterns, y.elements.bitPatterns, "\(path)")
          expectIntact(from, c, s, p, y)
        }
      }
    }
  }

  /// Pair i at position p is turned by p·θ^(−2i / headDimension); threads change nothing.
  @Test func anglesFollowTheBase() {
    let (headDimension, rows, theta) = (20, 300, 10_000.0)
    let table = RotaryPositions(headDimension: headDimension, positionCount: rows, theta: theta)
    let x = (0..<rows * 40).map { $0 % headDimension < 10 ? Float(1) : 0 }
    let positions = (0..<Int32(rows)).map { Int32(rows) - 1 - $0 }
    forEachPath { path in
      var (one, two) = (x, x)
      withThreads(1) { table.rotate(x, rows: rows, heads: 2, positions: positions, output: &one) }
      withThreads(2) { table.rotate(x, rows: rows, heads: 2, positions: positions, output: &two) }
      expectSame(one.bitPatterns, two.bitPatterns)
      let isRight = one.indices.allSatisfy { index in
        let lane = index % headDimension
        let angle = Double(positions[index / 40]) * pow(theta, -Double(lane % 10) / 10)
        return abs(Double(one[index]) - (lane < 10 ? cos(angle) : sin(angle))) <= 1e-7
      }
      #expect(isRight, "\(path)")
    }
  }
}
