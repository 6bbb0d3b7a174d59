import Architectures
import Autograd
import FileFormats
import Foundation

/// What must be the same for a run to be continued: facts by name, such as `seed` or `model.hidden_size`.
public struct RunIdentity: Codable, Equatable, Sendable {
  /// A fact that two runs do not share.
  public struct Difference: Equatable, Sendable, CustomStringConvertible {
    public let name: String
    /// nil where the fact is not known.
    public let checkpoint: String?
    public let recipe: String?

    public var description: String {
      "\(name): the checkpoint has \(checkpoint ?? "none"), the recipe \(recipe ?? "none")"
    }
  }

  public private(set) var facts: [String: String]
  /// How checkpoints of earlier versions spell facts that are the same; not stored.
  private var formerFacts: [String: String] = [:]

  private enum CodingKeys: CodingKey { case facts }

  /// - Parameters:
  ///   - data: facts that identify the training data.
  ///   - parameters: all parameters of the model; the trainable ones must stay the same.
  ///   - others: what else the run depends on.
  public init(
    model: Architecture, training: TrainingConfiguration, data: [String: String],
    parameters: [(name: String, parameter: Parameter)], others: [String: String] = [:]
  ) throws {
    facts = [
      "seed": "\(training.seed)",
      "max_seq_len": "\(training.maximumSequenceLength)",
      "batch_size": "\(training.batchSize)",
      "gradient_accumulation_steps": "\(training.gradientAccumulationSteps)",
      "master_weights": training.masterWeights.summary,
      Self.trainableParameters: Self.summary(ofTrainable: parameters),
    ]
    formerFacts[Self.trainableParameters] = Self.summary(ofTrainable: parameters, withPaddedDigits: false)
    let optimizer = training.optimizer.kind.rawValue
    if optimizer != Self.impliedFacts[Self.optimizerType] { facts[Self.optimizerType] = optimizer }
    for (name, value) in data { facts["dataset.\(name)"] = value }
    facts.merge(others) { $1 }
    add(try JSONParser.parse(String(decoding: model.huggingFaceJSON(), as: UTF8.self)), as: "model")
  }

  public static func == (left: Self, right: Self) -> Bool { left.facts == right.facts }

  /// Everything in which `other` differs from the checkpoint that this identity comes from, by name.
  package func differences(from other: RunIdentity) -> [Difference] {
    Set(facts.keys).union(other.facts.keys).sorted().compactMap { name in
      let isSame = facts[name] == other.facts[name] || (facts[name] != nil && facts[name] == other.formerFacts[name])
      return isSame
        ? nil
        : Difference(
          name: name, checkpoint: facts[name] ?? Self.impliedFacts[name],
          recipe: other.facts[name] ?? Self.impliedFacts[name])
    }
  }

  private mutating func add(_ value: JSONValue, as name: String) {
    switch value {
    case .object(let members): for (key, member) in members { add(member, as: "\(name).\(key)") }
    case .array(let elements): for (index, element) in elements.enumerated() { add(element, as: "\(name).\(index)") }
    case .string(let text): facts[name] = text
    case .number(let number): facts[name] = "\(number)"
    case .integer(let number): facts[name] = "\(number)"
    case .boolean(let flag): facts[name] = "\(flag)"
    case .null: facts[name] = "null"
    }
  }

  private static let trainableParameters = "trainable parameters"
  private static let optimizerType = "optimizer.type"
  /// What a checkpoint means that does not say it: identities from before there was a choice stay as they are.
  private static let impliedFacts = [optimizerType: OptimizerConfiguration.Kind.adamw.rawValue]

  /// - Parameter withPaddedDigits: two digits for every byte of the digest; some versions left out a leading zero.
  private static func summary(
    ofTrainable parameters: [(name: String, parameter: Parameter)], withPaddedDigits: Bool = true
  ) -> String {
    let trainable = parameters.filter(\.parameter.isTrainable)
    let list = trainable.map { "\($0.name) \($0.parameter.shape)" }.joined(separator: "\n")
    var hash = SHA256()
    hash.update(list)
    let bytes = hash.finalize().prefix(4)
    let digest = withPaddedDigits ? SHA256.hexadecimal(bytes) : bytes.map { String($0, radix: 16) }.joined()
    let elements = trainable.reduce(0) { $0 + $1.parameter.shape.count }
    return "\(trainable.count) tensors, \(elements) elements (\(digest))"
  }
}

extension MasterWeightsConfiguration {
  fileprivate var summary: String {
    dataType == .float32 ? dataType.rawValue : "\(dataType.rawValue), \(rounding.rawValue)"
  }
}
