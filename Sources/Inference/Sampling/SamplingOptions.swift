/// How the next token is chosen from the logits.
public struct SamplingOptions: Equatable, Sendable {
  /// Divides the logits; 0 always takes the likeliest token.
  public let temperature: Double
  /// Keeps the k likeliest tokens.
  public let topK: Int?
  /// Keeps the likeliest tokens that together reach this probability (nucleus sampling, arXiv 1904.09751).
  public let topP: Double?
  /// Keeps tokens with at least this share of the likeliest one's probability (arXiv 2407.01082).
  public let minP: Double?
  /// Divides positive and multiplies negative logits of tokens that occurred before (arXiv 1909.05858); 1: off.
  public let repetitionPenalty: Double
  /// Subtracted from the logit of every token that was generated before, from −2 to 2; 0: off. As OpenAI defines it, tokens
  /// of the prompt do not count.
  public let presencePenalty: Double
  /// Subtracted as often as a token was generated before, from −2 to 2; 0: off.
  public let frequencyPenalty: Double
  /// Added to the logits of single tokens, from −100 to 100, which as good as exclude a token or all others.
  public let logitBias: [Int32: Double]
  /// The same seed gives the same tokens.
  public let seed: UInt64

  /// The likeliest token, always.
  public static let greedy = SamplingOptions()

  private init() {
    temperature = 0
    topK = nil
    topP = nil
    minP = nil
    repetitionPenalty = 1
    (presencePenalty, frequencyPenalty, logitBias) = (0, 0, [:])
    seed = 0
  }

  /// - Throws: `SamplingOptionsError` with everything that is out of range.
  public init(
    temperature: Double = 1, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
    repetitionPenalty: Double = 1, presencePenalty: Double = 0, frequencyPenalty: Double = 0,
    logitBias: [Int32: Double] = [:], seed: UInt64 = 0
  ) throws {
    var problems: [SamplingOptionsError.Problem] = []
    func require(_ isValid: Bool, _ option: SamplingOptionsError.Option, _ value: Any, _ expected: String) {
      if !isValid { problems.append(.init(option: option, value: "\(value)", expected: expected)) }
    }
    require(temperature.isFinite && temperature >= 0, .temperature, temperature, "0 (greedy) or more")
    if let topK { require(topK >= 1, .topK, topK, "1 or more") }
    if let topP { require(topP > 0 && topP <= 1, .topP, topP, "more than 0 and at most 1") }
    if let minP { require(minP >= 0 && minP <= 1, .minP, minP, "0 to 1") }
    require(
      repetitionPenalty.isFinite && repetitionPenalty > 0, .repetitionPenalty, repetitionPenalty,
      "more than 0 (1 is off, above 1 discourages repetition)")
    require((-2...2).contains(presencePenalty), .presencePenalty, presencePenalty, "−2 to 2 (0 is off)")
    require((-2...2).contains(frequencyPenalty), .frequencyPenalty, frequencyPenalty, "−2 to 2 (0 is off)")
    for (token, bias) in logitBias.sorted(by: { $0.key < $1.key }) where !(-100...100).contains(bias) {
      require(false, .logitBias, "\(bias) for token \(token)", "−100 to 100")
    }
    guard problems.isEmpty else { throw SamplingOptionsError(problems: problems) }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.presencePenalty = presencePenalty
    self.frequencyPenalty = frequencyPenalty
    self.logitBias = logitBias
    self.seed = seed
  }

  /// Whether penalties or a bias may change logits.
  var changesLogits: Bool {
    repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0 || !logitBias.isEmpty
  }

  /// The same options with another seed.
  public func with(seed: UInt64) -> SamplingOptions { SamplingOptions(self, seed: seed) }

  private init(_ other: SamplingOptions, seed: UInt64) {
    (temperature, topK, topP, minP) = (other.temperature, other.topK, other.topP, other.minP)
    repetitionPenalty = other.repetitionPenalty
    (presencePenalty, frequencyPenalty, logitBias) = (other.presencePenalty, other.frequencyPenalty, other.logitBias)
    self.seed = seed
  }
}

/// Options of sampling that are out of range; all of them at once.
public struct SamplingOptionsError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Option: String, Sendable {
    case temperature
    case topK = "top-k"
    case topP = "top-p"
    case minP = "min-p"
    case repetitionPenalty = "repetition-penalty"
    case presencePenalty = "presence-penalty"
    case frequencyPenalty = "frequency-penalty"
    case logitBias = "logit-bias"
  }

  public struct Problem: Equatable, Sendable {
    public let option: Option
    public let value: String
    public let expected: String
  }

  public let problems: [Problem]

  public var description: String {
    problems.map { "\($0.option.rawValue) is \($0.value), expected \($0.expected)" }.joined(separator: "\n")
  }
}
