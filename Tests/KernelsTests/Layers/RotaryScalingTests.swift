import Foundation
import Kernels
import Testing

@Suite struct RotaryScalingTests {
  /// Fixtures/rotary_scaling.txt, written by transformers in float32.
  private struct Line {
    let scaling: RotaryScaling
    let headDimension: Int
    let theta: Double
    let frequencies: [Double]

    static func all() throws -> [Line] {
      let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/rotary_scaling.txt")
      return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { line in
        let halves = line.split(separator: ":").map { $0.split(separator: " ").map(String.init) }
        let head = try halves[0].dropFirst().map { try #require(Double($0)) }
        return Line(
          scaling: try #require(scaling(halves[0][0], head)), headDimension: Int(head[0]), theta: head[1],
          frequencies: try halves[1].map { try #require(Double($0)) })
      }
    }

    private static func scaling(_ kind: String, _ head: [Double]) -> RotaryScaling? {
      switch kind {
      case "default": RotaryScaling.none
      case "linear": .linear(factor: head[2])
      case "llama3":
        .llama3(
          Llama3RotaryScaling(
            factor: head[2], lowFrequencyFactor: head[3], highFrequencyFactor: head[4],
            originalMaximumPositionEmbeddings: Int(head[5])))
      default: nil
      }
    }
  }

  @Test func agreesWithTransformers() throws {
    let lines = try Line.all()
    #expect(lines.count == 7)
    for line in lines {
      let frequencies = line.scaling.inverseFrequencies(headDimension: line.headDimension, theta: line.theta)
      #expect(frequencies.count == line.frequencies.count)
      for (pair, (ours, theirs)) in zip(frequencies, line.frequencies).enumerated() {
        #expect(abs(ours - theirs) <= 5e-7 * theirs, "\(line.scaling), pair \(pair): \(ours), not \(theirs)")
      }
    }
  }

  /// The factors in a converted Llama file are the frequencies of θ over the scaled ones.
  @Test func divisorsSayTheSameAsTheScalingTheyWereMadeFrom() throws {
    let scaling = RotaryScaling.llama3(
      Llama3RotaryScaling(
        factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaximumPositionEmbeddings: 8192))
    let plain = RotaryScaling.none.inverseFrequencies(headDimension: 64, theta: 500_000)
    let scaled = scaling.inverseFrequencies(headDimension: 64, theta: 500_000)
    let divisors = zip(plain, scaled).map { Float($0 / $1) }
    #expect(divisors.first == 1 && divisors.last == 32)
    let again = RotaryScaling.divisors(divisors).inverseFrequencies(headDimension: 64, theta: 500_000)
    for (ours, expected) in zip(again, scaled) { #expect(abs(ours - expected) <= 1e-7 * expected) }
  }

  @Test func positionsTurnByTheScaledFrequencies() {
    let table = RotaryPositions(headDimension: 4, positionCount: 9, theta: 100, scaling: .linear(factor: 4))
    let x: [Float] = [1, 1, 0, 0]
    var y = x
    table.rotate(x, rows: 1, heads: 1, positions: [8], output: &y)
    let expected = [cos(2.0), cos(0.2), sin(2.0), sin(0.2)]
    for (ours, theirs) in zip(y, expected) { #expect(abs(Double(ours) - theirs) <= 1e-7) }
  }

  @Test func impossibleNumbersAreNamed() {
    #expect(RotaryScaling.none.problems(headDimension: 64).isEmpty)
    #expect(RotaryScaling.linear(factor: 0).problems(headDimension: 64) == ["factor is 0.0, expected a number above 0"])
    let llama = Llama3RotaryScaling(
      factor: .nan, lowFrequencyFactor: 4, highFrequencyFactor: 4, originalMaximumPositionEmbeddings: 0)
    #expect(RotaryScaling.llama3(llama).problems(headDimension: 64).count == 3)
    #expect(
      RotaryScaling.divisors([1, 2]).problems(headDimension: 8) == ["2 frequency factors for 4 pairs of a head"])
    #expect(RotaryScaling.divisors([1, -2]).problems(headDimension: 4).count == 1)
  }
}
