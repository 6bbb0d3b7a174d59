import Autograd
import Foundation
import Testing
import Training

/// The losses of pairs against PyTorch's values of TRL's formulas (Fixtures/preference_losses.py).
@Suite struct PreferenceLossTests {
  struct Fixture: Decodable {
    struct Case: Decodable {
      let kind: String
      let beta, labelSmoothing, supervisedWeight: Double
      let losses, chosenGradients, rejectedGradients: [Double]
    }

    let chosen, rejected, referenceChosen, referenceRejected, chosenCounts, rejectedCounts: [Float]
    let cases: [Case]

    static func load() throws -> Fixture {
      let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      return try JSONDecoder().decode(
        Fixture.self, from: Data(contentsOf: folder.appending(path: "Fixtures/preference_losses.json")))
    }
  }

  @Test func everyKindHasTheValuesAndGradientsOfPyTorch() throws {
    let fixture = try Fixture.load()
    let shape: Shape = [fixture.chosen.count]
    let kinds = PreferenceLossConfiguration.Kind.allCases.filter(\.hasReference)
    #expect(Set(fixture.cases.map(\.kind)) == Set(kinds.map(\.rawValue)))
    for wanted in fixture.cases {
      let kind = try #require(PreferenceLossConfiguration.Kind(rawValue: wanted.kind))
      let (chosen, rejected) = (
        Parameter(Tensor(fixture.chosen, shape: shape)), Parameter(Tensor(fixture.rejected, shape: shape))
      )
      let policy = PairLogProbabilities(
        chosen: chosen.tensor, rejected: rejected.tensor, chosenCounts: fixture.chosenCounts,
        rejectedCounts: fixture.rejectedCounts)
      let loss = PreferenceLoss(
        configuration: .init(
          kind: kind, beta: wanted.beta, labelSmoothing: wanted.labelSmoothing,
          supervisedWeight: wanted.supervisedWeight))
      let losses = loss(
        policy,
        reference: (
          Tensor(fixture.referenceChosen, shape: shape), Tensor(fixture.referenceRejected, shape: shape)
        ))
      losses.sum().backward()
      expectClose(losses.scalars, wanted.losses, "\(wanted.kind) losses")
      expectClose(chosen.gradient?.scalars ?? [], wanted.chosenGradients, "\(wanted.kind) chosen gradients")
      expectClose(rejected.gradient?.scalars ?? [], wanted.rejectedGradients, "\(wanted.kind) rejected gradients")
    }
  }

  private func expectClose(_ values: [Float], _ wanted: [Double], _ what: Comment) {
    #expect(values.count == wanted.count, what)
    for (value, wanted) in zip(values, wanted) {
      #expect(abs(Double(value) - wanted) <= 1e-5 * (1 + abs(wanted)), what)
    }
  }
}
