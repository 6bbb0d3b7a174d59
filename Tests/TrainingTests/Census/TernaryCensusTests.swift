import Testing
import Training

struct TernaryCensusTests {
  final class Matrices: TernaryCensusSource {
    var codes: [[Int8]] = [[0, 1, -1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]

    func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
      for (index, codes) in codes.enumerated() {
        try body(
          TernaryMatrixCodes(
            name: "\(index)", kind: index == 1 ? "up" : "gate", layer: index / 2, codes: codes, scale: Float(index)))
      }
    }
  }

  @Test func countsByKindAndComparesWithTheLastReport() throws {
    let matrices = Matrices()
    let census = TernaryCensus(matrices)
    matrices.codes[0] = [0, -1, -1, 1]
    let first = try #require(census.report(steps: 20))
    #expect(
      first.kinds == [
        .init(name: "gate", zeroFraction: 5.0 / 8, scale: 1), .init(name: "up", zeroFraction: 0.25, scale: 1),
      ])
    #expect(first.flippedShare == 2.0 / 12)
    let rate: Double = 2.0 / 12 * 50
    #expect(abs(first.flippedPer1000Steps - rate) < 1e-12)
    func shares(_ counts: [Double]) -> TernaryCensus.Report.Shares {
      let total = counts[..<3].reduce(0, +)
      return .init(
        minus: counts[0] / total, zero: counts[1] / total, plus: counts[2] / total, flipped: counts[3] / total)
    }
    // [0, -1, -1, 1], [1, 1, 1, 0] and [0, 0, 0, 0], of which two codes of the first are new.
    #expect(first.whole == shares([2, 6, 4, 2]))
    #expect(first.layers == [shares([2, 2, 4, 2]), shares([0, 4, 0, 0])])
    #expect(census.report(steps: 20)?.flippedShare == 0)
    matrices.codes[2][3] = 1
    #expect(census.report(steps: 20)?.flippedShare == 1.0 / 12)
  }

  @Test func aModelWithoutTernaryMatricesHasNoReport() {
    let matrices = Matrices()
    matrices.codes = []
    #expect(TernaryCensus(matrices).report(steps: 1) == nil)
  }
}
