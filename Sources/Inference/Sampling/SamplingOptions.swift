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
    seed = 0
  }

  /// - Throws: `SamplingOptionsError` with everything that is out of range.
  public init(
    temperature: Double = 1, topK: Int? = nil, topP: Double? = nil, minP: Double? = nil,
    repetitionPenalty: Double = 1, seed: UInt64 = 0
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
    guard problems.isEmpty else { throw SamplingOptionsError(problems: problems) }
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
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
