import Testing
import Training

struct TernaryCensusTests {
  final class Matrices: TernaryCensusSource {
    var codes: [[Int8]] = [[0, 1, -1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]

    func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
      for (index, codes) in codes.enumerated() {
        try body(
          TernaryMatrixCodes(name: "\(index)", kind: index == 1 ? "up" : "gate", codes: codes, scale: Float(index)))
      }
    }
  }

  @Test func countsByKindAndComparesWithTheLastReport() throws {
    let matrices = Matrices()
    let census = TernaryCensus(matrices)
    matrices.codes[0] = [0, -1, -1, 1]
    let first = try #require(census.report())
    #expect(
      first.kinds == [
        .init(name: "gate", zeroFraction: 5.0 / 8, scale: 1), .init(name: "up", zeroFraction: 0.25, scale: 1),
      ])
    #expect(first.flippedShare == 2.0 / 12)
    #expect(census.report()?.flippedShare == 0)
    matrices.codes[2][3] = 1
    #expect(census.report()?.flippedShare == 1.0 / 12)
  }

  @Test func aModelWithoutTernaryMatricesHasNoReport() {
    let matrices = Matrices()
    matrices.codes = []
    #expect(TernaryCensus(matrices).report() == nil)
  }
}
