import Autograd
import Datasets
import Foundation
import Models
import Testing
import Training

/// Kahneman-Tversky optimisation of a model, on answers of unequal lengths.
@Suite struct UnpairedLossTests {
  private let examples: UnequalExamples

  init() throws { examples = try UnequalExamples() }

  private func objective(
    _ model: Decoder, _ dataset: UnpairedDataset, batchSize: Int, _ configuration: UnpairedLossConfiguration = .init(),
    reference: Decoder? = nil
  ) throws -> BatchObjective {
    let batches = dataset.evaluationBatches(batchSize: batchSize)
    return BatchObjective(
      model, batches: batches,
      loss: UnpairedLoss(
        configuration, labels: dataset.labels, reference: try UnpairedReference(reference ?? model, batches)))
  }

  /// Half of each weight, for policy and reference are one.
  @Test(arguments: [2, 3, 16]) func theFirstLossIsHalf(batchSize: Int) throws {
    let (dataset, model) = (try examples.labelledAnswers(), examples.model())
    let configuration = UnpairedLossConfiguration(desirableWeight: 3, undesirableWeight: 0.5)
    let loss = try objective(model, dataset, batchSize: batchSize, configuration).evaluate()
    let good = Double(dataset.labels.count { $0 })
    #expect(good == 9 && loss.pairs == 14)
    #expect(abs(loss.nats - (3 * good + 0.5 * (14 - good)) / 2) < 1e-4)
    #expect(loss.tokens == dataset.statistics.trainedTokens, "answers to other prompts do not count")
    #expect(abs(try #require(loss.measures["kl"])) < 1e-4)
  }

  /// The slope along the gradient of a model whose loss is smooth, where the divergence is cut off and so does not move.
  @Test(arguments: [0.05, 0.4]) func slopesByWeights(_ beta: Double) throws {
    let dataset = try examples.labelledAnswers()
    let model = examples.model(quantization: .none)
    let batches = dataset.evaluationBatches(batchSize: 14)
    let other = try UnpairedReference(examples.model(seed: 4, quantization: .none), batches)
    let reference = UnpairedReference(answers: other.answers, mismatched: other.mismatched.map { $0 + 100 })
    let objective = BatchObjective(
      model, batches: batches,
      loss: UnpairedLoss(
        .init(beta: beta, desirableWeight: 0.7, undesirableWeight: 1.6), labels: dataset.labels, reference: reference))
    try #require(try objective.loss(ofMicroBatch: 0)).sum.backward()
    let directions = model.parameters.map { parameter in
      (parameter: parameter, values: parameter.value.scalars, gradient: parameter.gradient?.scalars ?? [])
    }
    var square = 0.0
    for slope in directions.flatMap(\.gradient) { square += Double(slope) * Double(slope) }
    let step = 0.0005 / square.squareRoot()
    func loss(_ direction: Double) throws -> Double {
      for (parameter, values, gradient) in directions {
        let moved = zip(values, gradient).map { $0 + Float(direction * step * Double($1)) }
        parameter.replaceValue(Tensor(moved, shape: parameter.shape))
      }
      return try objective.evaluate().nats
    }
    let (near, far) = (try loss(1) - loss(-1), try loss(2) - loss(-2))
    let slope = (8 * near - far) / (12 * step)
    #expect(abs(slope / square - 1) < 1e-3, "\(slope) instead of \(square)")
  }

  /// Good answers become likelier and bad ones less so.
  @Test func goodAnswersAreLearntAndBadOnesAvoided() throws {
    let dataset = try examples.labelledAnswers()
    let model = examples.model()
    let before = try UnpairedReference(model, dataset.evaluationBatches(batchSize: 4))
    let batches = UnpairedBatches(dataset, batchSize: 4, seed: 1)
    let loop = TrainingLoop(
      BatchObjective(
        model, batches: batches,
        loss: UnpairedLoss(.init(beta: 0.3), labels: dataset.labels, reference: try UnpairedReference(model, batches))),
      configuration: TrainingConfiguration(
        maximumSequenceLength: 64, batchSize: 4, limit: .steps(40),
        optimizer: OptimizerConfiguration(learningRate: 2e-3)))
    try loop.run { _ in .continue }
    let after = try UnpairedReference(model, dataset.evaluationBatches(batchSize: 4))
    func change(_ isGood: Bool) -> Float {
      let numbers = dataset.labels.indices.filter { dataset.labels[$0] == isGood }
      return numbers.reduce(0) { $0 + after.answers[$1] - before.answers[$1] } / Float(numbers.count)
    }
    #expect(change(true) > 1 && change(false) < change(true) - 2, "\(change(true)), \(change(false))")
  }

  @Test func referenceIsKeptAndReused() throws {
    let (dataset, model) = (try examples.labelledAnswers(), examples.model())
    let cache = ReferenceCache(folder: examples.folder.url.appendingPathComponent("cache"))
    var computations = 0
    func value() throws -> UnpairedReference {
      try cache.value("a", count: dataset.count) {
        computations += 1
        return try UnpairedReference(model, dataset.evaluationBatches(batchSize: 4))
      }
    }
    let first = try value()
    #expect(try value() == first && computations == 1)
    #expect(first.answers != first.mismatched && first.answers.allSatisfy { $0 < 0 })
  }
}
