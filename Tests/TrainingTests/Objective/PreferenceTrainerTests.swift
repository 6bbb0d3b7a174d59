import Autograd
import Datasets
import Foundation
import Testing
import Training

/// Losses of whole micro-batches and their gradients by the logits, against TRL's trainers
/// (Fixtures/preference_trainers.py).
@Suite struct PreferenceTrainerTests {
  struct Fixture: Decodable {
    struct Paired: Decodable {
      let kind: String
      let beta, labelSmoothing, gamma, likelihoodWeight, loss, margin: Double
      let gradient: [Double]
    }
    struct Unpaired: Decodable {
      let beta, desirableWeight, undesirableWeight, loss, kl: Double
      let labels: [Bool]
      let mismatchedReference: [Float]
      let gradient: [Double]
    }

    let length, vocabulary: Int
    let tokens, targets: [Int32]
    let logits, reference: [Float]
    let paired: [Paired]
    let unpaired: [Unpaired]

    var rowCount: Int { tokens.count / length }

    static func load() throws -> Fixture {
      let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      return try JSONDecoder().decode(
        Fixture.self, from: Data(contentsOf: folder.appending(path: "Fixtures/preference_trainers.json")))
    }

    var batch: TrainingBatch {
      var batch = TrainingBatch(batchSize: rowCount, sequenceLength: length - 1)
      batch.inputs = (0..<rowCount).flatMap { tokens[$0 * length..<($0 + 1) * length - 1] }
      batch.targets = (0..<rowCount).flatMap { targets[$0 * length + 1..<($0 + 1) * length] }
      return batch
    }

    func parameter() -> Parameter { Parameter(Tensor(logits, shape: [rowCount, length, vocabulary])) }

    /// The cross-entropy of every position of a batch under some logits.
    func tokenLosses(_ logits: Tensor, _ batch: TrainingBatch) -> Tensor {
      let scores = logits.slice(0..<length - 1, axis: 1).reshaped(to: [batch.targets.count, vocabulary]).logSoftmax()
      let isTarget = batch.targets.map { $0 == TrainingBatch.ignoredTarget ? Float(0) : -1 }
      let taken = scores.gather(batch.targets.map { max(0, $0) })
      return taken.reshaped(to: [batch.targets.count]) * Tensor(isTarget, shape: [batch.targets.count])
    }
  }

  @Test func lossesOfPairsAreThoseOfTheTrainers() throws {
    let fixture = try Fixture.load()
    let (batch, pairs) = (fixture.batch, fixture.rowCount / 2)
    let kinds = PreferenceLossConfiguration.Kind.allCases.filter { !$0.hasReference }
    #expect(Set(fixture.paired.map(\.kind)) == Set(kinds.map(\.rawValue)))
    for wanted in fixture.paired {
      let kind = try #require(PreferenceLossConfiguration.Kind(rawValue: wanted.kind))
      let parameter = fixture.parameter()
      let includesPrompts = kind == .orpo
      let read = includesPrompts ? batch.predictingPrompts(ofRows: 0..<pairs) : batch
      let policy = PairLogProbabilities(
        tokenLosses: fixture.tokenLosses(parameter.tensor, read), batch, includesPrompts: includesPrompts)
      let configuration = PreferenceLossConfiguration(
        kind: kind, beta: wanted.beta, labelSmoothing: wanted.labelSmoothing, gamma: wanted.gamma,
        likelihoodWeight: wanted.likelihoodWeight)
      let loss = PreferenceLoss(configuration: configuration)(policy, reference: nil).sum() * (1 / Float(pairs))
      loss.backward()
      expectClose([loss.item], [wanted.loss], "\(configuration)")
      expectClose(parameter.gradient?.scalars ?? [], wanted.gradient, "\(configuration)")
      let measures = PreferenceMeasures.sums(policy, reference: nil, configuration)
      expectClose([Float(measures["rewards_margin"] ?? 0) / Float(pairs)], [wanted.margin], "\(configuration)")
    }
  }

  @Test func lossesOfAnswersAreThoseOfTheTrainer() throws {
    let fixture = try Fixture.load()
    let (batch, count) = (fixture.batch, fixture.rowCount / 2)
    #expect(fixture.unpaired.contains { $0.kl == 0 } && fixture.unpaired.contains { $0.kl > 1 })
    for wanted in fixture.unpaired {
      let parameter = fixture.parameter()
      let sums = -fixture.tokenLosses(parameter.tensor, batch).reshaped(
        to: [2 * count, batch.sequenceLength]
      ).sum(axes: 1)
      let divergence = KahnemanTverskyLoss.divergence(
        policy: Array(sums.scalars[count...]), reference: wanted.mismatchedReference)
      let configuration = UnpairedLossConfiguration(
        beta: wanted.beta, desirableWeight: wanted.desirableWeight, undesirableWeight: wanted.undesirableWeight)
      let ratios = sums.slice(0..<count) - Tensor(fixture.reference, shape: [count])
      let loss =
        KahnemanTverskyLoss(configuration)(ratios, isDesirable: wanted.labels, divergence: divergence).sum()
        * (1 / Float(count))
      loss.backward()
      expectClose([Float(divergence)], [wanted.kl], "kl")
      expectClose([loss.item], [wanted.loss], "\(configuration)")
      expectClose(parameter.gradient?.scalars ?? [], wanted.gradient, "\(configuration)")
    }
  }

  private func expectClose(_ values: [Float], _ wanted: [Double], _ what: Comment) {
    #expect(values.count == wanted.count, what)
    for (value, wanted) in zip(values, wanted) {
      #expect(abs(Double(value) - wanted) <= 1e-5 * (1 + abs(wanted)), what)
    }
  }
}
