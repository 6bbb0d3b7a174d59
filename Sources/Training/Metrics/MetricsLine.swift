import FileFormats
import Foundation

/// One line of metrics.jsonl: a JSON object whose keys keep their order.
///
/// What the clock decides comes last, so that two runs with the same seed have lines that are equal up to there.
public struct MetricsLine: Equatable, Sendable, CustomStringConvertible {
  private var members: [String] = []

  init() {}

  public var description: String { "{" + members.joined(separator: ",") + "}" }

  mutating func add(_ key: String, _ value: Int) { members.append("\"\(key)\":\(value)") }

  /// The shortest decimal that reads back as the same number. Values are finite.
  mutating func add(_ key: String, _ value: Double) { members.append("\"\(key)\":\(value)") }

  mutating func add(_ key: String, _ text: String) {
    members.append("\"\(key)\":\(JSONValue.quoted(text))")
  }

  mutating func add(_ key: String, _ values: [MetricsLine]) {
    members.append("\"\(key)\":[\(values.map(\.description).joined(separator: ","))]")
  }

  mutating func add(_ key: String, _ value: MetricsLine) { members.append("\"\(key)\":\(value)") }
}

extension MetricsLine {
  public init(_ metrics: StepMetrics) {
    add("step", metrics.step)
    add("tokens", metrics.tokens)
    add("loss", metrics.loss)
    if let bits = metrics.bitsPerByte { add("bits_per_byte", bits) }
    for measure in metrics.measures { add(measure.name, measure.value) }
    add("learning_rate", metrics.learningRate)
    add("weight_decay", metrics.weightDecay)
    if let strength = metrics.quantizationStrength { add("quantization_strength", strength) }
    add("grad_norm", metrics.gradientNorm)
    if let ternary = metrics.ternary { add("ternary", MetricsLine(ternary)) }
    add("tokens_per_second", metrics.tokensPerSecond)
    add("elapsed_seconds", metrics.elapsedSeconds)
  }

  public init(step: Int, validation: LossSum) {
    add("step", step)
    guard !validation.isPreference else {
      add("validation_loss", validation.mean)
      for measure in validation.meanMeasures { add("validation_" + measure.name, measure.value) }
      return
    }
    add("validation_nats_per_token", validation.natsPerToken)
    add("validation_perplexity", validation.perplexity)
    if let bits = validation.bitsPerByteOfText { add("validation_bits_per_byte", bits) }
  }

  private init(_ ternary: TernaryCensus.Report) {
    var (zeros, scales) = (MetricsLine(), MetricsLine())
    for kind in ternary.kinds {
      zeros.add(kind.name, kind.zeroFraction)
      scales.add(kind.name, kind.scale)
    }
    add("zero_fraction", zeros)
    add("codes_flipped", ternary.flippedShare)
    add("flipped_per_1000_steps", ternary.flippedPer1000Steps)
    add("gamma", scales)
    var share = MetricsLine()
    share.addCodes(ternary.whole)
    add("share", share)
    add(
      "layers",
      ternary.layers.map { shares in
        var line = MetricsLine()
        line.addCodes(shares)
        line.add("flipped", shares.flipped.rounded(toDigits: 6))
        return line
      })
  }

  private mutating func addCodes(_ shares: TernaryCensus.Report.Shares) {
    add("minus", shares.minus.rounded(toDigits: 4))
    add("zero", shares.zero.rounded(toDigits: 4))
    add("plus", shares.plus.rounded(toDigits: 4))
  }
}

extension Double {
  /// A line has these for every layer: more digits than a curve shows would only make the file long.
  fileprivate func rounded(toDigits digits: Int) -> Double {
    let unit = pow(10, Double(digits))
    return (self * unit).rounded() / unit
  }
}
