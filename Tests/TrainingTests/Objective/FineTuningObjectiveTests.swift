import Autograd
import Datasets
import Foundation
import Models
import Testing
import Training

/// Objectives on examples of unequal lengths: how they are cut into micro-batches must not matter.
@Suite struct FineTuningObjectiveTests {
  private let examples: UnequalExamples

  init() throws { examples = try UnequalExamples() }

  private func model() -> Decoder { examples.model() }

  /// The gradients of one epoch in one optimiser step, divided as the loop divides them.
  private func gradients(
    _ model: Decoder, _ objective: any Objective, microBatches: Int
  ) throws -> [Double] {
    var divisor = 0
    for number in 0..<microBatches {
      guard let loss = try objective.loss(ofMicroBatch: number) else { continue }
      loss.sum.backward()
      divisor += loss.divisor
    }
    #expect(try objective.loss(ofMicroBatch: microBatches) == nil)
    return model.parameters.flatMap { parameter in
      (parameter.gradient?.scalars ?? []).map { Double($0) / Double(divisor) }
    }
  }

  /// - Returns: the norm of the difference over the norm.
  private func distance(_ left: [Double], _ right: [Double]) -> Double {
    let square = zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (square / right.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  @Test(arguments: LossReduction.allCases)
  func supervisedGradientsDoNotDependOnMicroBatches(_ reduction: LossReduction) throws {
    let dataset = try examples.instructions()
    let results = try [(16, 1), (4, 4), (1, 14)].map { batchSize, count in
      let model = model()
      let batches = InstructionBatches(dataset, batchSize: batchSize, seed: 1, epochs: 1)
      #expect(batches.batchCount == count)
      return try gradients(
        model, BatchObjective(model, batches: batches, loss: LikelihoodLoss(reduction)), microBatches: count)
    }
    #expect(distance(results[1], results[0]) < 1e-5)
    #expect(distance(results[2], results[0]) < 1e-5)
  }

  @Test func reductionsDivideByTokensOrByExamples() throws {
    let dataset = try examples.instructions()
    let divisors = try LossReduction.allCases.map { reduction in
      let batches = InstructionBatches(dataset, batchSize: 14, seed: 1, epochs: 1)
      let packed = PackedInstructionBatches(dataset, batchSize: 14, seed: 1, epochs: 1)
      let parts = try [batches as any TrainingBatchSource, packed].map { batches in
        let objective = BatchObjective(model(), batches: batches, loss: LikelihoodLoss(reduction))
        return try objective.loss(ofMicroBatch: 0)?.divisor
      }
      #expect(parts[0] == parts[1], "packing does not change what is divided by")
      return parts[0]
    }
    #expect(divisors == [dataset.statistics.trainedTokens, 14])
  }

  @Test func preferenceGradientsDoNotDependOnMicroBatches() throws {
    let dataset = try examples.preferences()
    let reference = try ReferenceLogProbabilities(model(), dataset, batchSize: 4)
    let results = try [(16, 1), (4, 4), (1, 14)].map { batchSize, count in
      let model = model()
      let objective = BatchObjective(
        model, batches: PreferenceBatches(dataset, batchSize: batchSize, seed: 1, epochs: 1),
        loss: PairwiseLoss(
          .init(kind: .sigmoidNormalized, beta: 0.5, supervisedWeight: 0.1), reference: reference))
      return try gradients(model, objective, microBatches: count)
    }
    #expect(distance(results[1], results[0]) < 1e-5)
    #expect(distance(results[2], results[0]) < 1e-5)
  }

  /// The likelihood is a mean over the tokens of a micro-batch, as TRL has it; the preference itself is one of pairs.
  @Test(arguments: [PreferenceLossConfiguration.Kind.simpo, .cpo])
  func gradientsWithoutReferenceDoNotDependOnMicroBatches(_ kind: PreferenceLossConfiguration.Kind) throws {
    let dataset = try examples.preferences()
    let results = try [(16, 1), (4, 4)].map { batchSize, count in
      let model = model()
      let objective = BatchObjective(
        model, batches: PreferenceBatches(dataset, batchSize: batchSize, seed: 1, epochs: 1),
        loss: PairwiseLoss(.init(kind: kind, beta: 0.5), reference: nil))
      return try gradients(model, objective, microBatches: count)
    }
    #expect(distance(results[1], results[0]) < 1e-5)
  }

  /// What is learnt beside the odds are the chosen answers and the prompts in front of them.
  @Test func theLikelihoodOfOddsRatiosIsThatOfPromptsToo() throws {
    let (dataset, model) = (try examples.preferences(), model())
    let objective = BatchObjective(
      model, batches: dataset.evaluationBatches(batchSize: 14), loss: PairwiseLoss(.init(kind: .orpo), reference: nil))
    let loss = try objective.evaluate()
    let (sum, count) = try withoutGradients {
      try (0..<dataset.count).reduce(into: (sum: 0.0, count: 0)) { total, number in
        let tokens = try dataset[number].chosen.tokens
        let losses = model.tokenLosses(
          tokens: Array(tokens.dropLast()), targets: Array(tokens.dropFirst()), length: tokens.count - 1)
        total.sum += Double(losses.sum().item)
        total.count += tokens.count - 1
      }
    }
    #expect(abs(try #require(loss.measures["nll_chosen"]) / 14 - sum / Double(count)) < 1e-4)
    #expect(loss.measures["kl_per_token"] == nil)
  }

  /// ln 2, whatever the sizes of the batches in which policy and reference were computed.
  @Test(arguments: [1, 3, 16]) func theFirstLossIsLn2(batchSize: Int) throws {
    let (dataset, model) = (try examples.preferences(), model())
    let objective = BatchObjective(
      model, batches: dataset.evaluationBatches(batchSize: batchSize),
      loss: PairwiseLoss(.init(), reference: try ReferenceLogProbabilities(model, dataset, batchSize: 5)))
    let loss = try objective.evaluate()
    #expect(abs(loss.mean - log(2)) < 1e-5)
    #expect(loss.pairs == 14)
    let measures = Dictionary(uniqueKeysWithValues: loss.meanMeasures)
    #expect(abs(try #require(measures["rewards_margin"])) < 1e-4)
    #expect(abs(try #require(measures["kl_per_token"])) < 1e-5)
  }

  @Test func referenceIsKeptAndReused() throws {
    let (dataset, model) = (try examples.preferences(), model())
    let cache = ReferenceCache(folder: examples.folder.url.appendingPathComponent("cache"))
    var computations = 0
    func value(_ fingerprint: String) throws -> ReferenceLogProbabilities {
      try cache.value(fingerprint, count: dataset.count) {
        computations += 1
        return try ReferenceLogProbabilities(model, dataset, batchSize: 4)
      }
    }
    let first = try value("a")
    #expect(try value("a") == first)
    #expect(computations == 1)
    _ = try value("b")
    #expect(computations == 2)
    try Data("broken".utf8).write(to: cache.folder.appendingPathComponent("a.safetensors"))
    #expect(try value("a") == first)
    #expect(computations == 3)
  }

  /// A value that is off by one bit would train other weights.
  @Test func aFlippedBitIsFoundAndMendedWithANote() throws {
    let cache = ReferenceCache(folder: examples.folder.url.appendingPathComponent("flipped"))
    let values = ReferenceLogProbabilities(chosen: [-1, -2, -3], rejected: [-4, -5, -6])
    var notes: [String] = []
    func value(_ fingerprint: String = "a") throws -> ReferenceLogProbabilities {
      try cache.value(fingerprint, count: 3, notice: { notes.append($0) }) { values }
    }
    _ = try value()
    let file = cache.folder.appendingPathComponent("a.safetensors")
    let intact = try Data(contentsOf: file)
    for offset in [intact.count - 1, intact.count - 12, intact.count - 24] {
      var damaged = intact
      damaged[offset] ^= 1
      try damaged.write(to: file)
      #expect(try value() == values)
      #expect(try Data(contentsOf: file) == intact)
    }
    try FileManager.default.moveItem(at: file, to: cache.folder.appendingPathComponent("b.safetensors"))
    #expect(try value("b") == values)
    #expect(notes.count == 4)
    #expect(notes.allSatisfy { $0.contains("is damaged") })
  }

  @Test func whereNothingCanBeKeptTrainingGoesOn() throws {
    let file = try examples.folder.file("no-folder")
    let values = ReferenceLogProbabilities(chosen: [-1], rejected: [-2])
    for folder in [
      file, file.appendingPathComponent("below"), URL(fileURLWithPath: "/proc/none"), URL(fileURLWithPath: "/dev/full"),
    ] {
      var notes: [String] = []
      let found = try ReferenceCache(folder: folder).value("a", count: 1, notice: { notes.append($0) }) { values }
      #expect(found == values)
      #expect(notes.count == 1)
      #expect(notes.first?.contains("cannot be kept") == true)
    }
  }
}
