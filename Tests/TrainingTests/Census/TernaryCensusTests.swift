import Testing
import Training

struct TernaryCensusTests {
  final class Matrices: TernaryCensusSource {
    var codes: [[Int8]] = [[0, 1, -1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]

    func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
      for (index, codes) in codes.enumerated() {
        try body(
          TernaryMatrixCodes(name: "\(index)", kind: index == 1 ? "up" : "gate", layer: index / 2, codes: codes, scale: Float(index)))
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
    #expect(first.whole == .init(minus: 2.0 / 12, zero: 6.0 / 12, plus: 4.0 / 12, flipped: 2.0 / 12))
    #expect(
      first.layers == [
        .init(minus: 2.0 / 8, zero: 2.0 / 8, plus: 4.0 / 8, flipped: 2.0 / 8),
        .init(minus: 0, zero: 1, plus: 0, flipped: 0),
      ])
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
