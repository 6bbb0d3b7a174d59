import TensorBoardEvents
import Training

/// What the curves of a run are called. The part before the slash is a section of TensorBoard's page.
extension StepMetrics {
  /// All numbers of a log line.
  var eventValues: [EventValue] {
    var values = Curves("train")
    values.add("loss", loss)
    if let bitsPerByte { values.add("bits_per_byte", bitsPerByte) }
    for measure in measures { values.add(measure.name, measure.value) }
    values.add("grad_norm", gradientNorm)
    values.section = "schedule"
    values.add("learning_rate", learningRate)
    values.add("weight_decay", weightDecay)
    if let quantizationStrength { values.add("quantization_strength", quantizationStrength) }
    values.add("tokens", Double(tokens))
    values.section = "speed"
    values.add("tokens_per_second", tokensPerSecond)
    values.add("elapsed_seconds", elapsedSeconds)
    return values.all + (ternary?.eventValues ?? [])
  }
}

extension LossSum {
  /// All numbers of an evaluation.
  var eventValues: [EventValue] {
    var values = Curves("validation")
    if isPreference {
      values.add("loss", mean)
      for measure in meanMeasures { values.add(measure.name, measure.value) }
    } else {
      // The training loss is nats per token too: one name, so that the two are found beside each other.
      values.add("loss", natsPerToken)
      values.add("perplexity", perplexity)
      if let bits = bitsPerByteOfText { values.add("bits_per_byte", bits) }
    }
    return values.all
  }
}

extension TernaryCensus.Report {
  fileprivate var eventValues: [EventValue] {
    var values = Curves("ternary")
    values.add(whole)
    values.add("codes_flipped", flippedShare)
    values.add("flipped_per_1000_steps", flippedPer1000Steps)
    values.section = "ternary_zero_fraction"
    for kind in kinds { values.add(kind.name, kind.zeroFraction) }
    values.section = "ternary_gamma"
    for kind in kinds { values.add(kind.name, kind.scale) }
    values.section = "ternary_layers"
    let digits = String(max(0, layers.count - 1)).count
    for (index, shares) in layers.enumerated() {
      // With as many digits for each, names sort as layers do.
      let number = String(index)
      let prefix = String(repeating: "0", count: digits - number.count) + number + "_"
      values.add(shares, prefix: prefix)
      values.add(prefix + "flipped", shares.flipped)
    }
    return values.all
  }
}

private struct Curves {
  var section: String
  private(set) var all: [EventValue] = []

  init(_ section: String) { self.section = section }

  mutating func add(_ name: String, _ value: Double) {
    all.append(EventValue("\(section)/\(name)", .scalar(Float(value))))
  }

  mutating func add(_ shares: TernaryCensus.Report.Shares, prefix: String = "share_") {
    add(prefix + "minus", shares.minus)
    add(prefix + "zero", shares.zero)
    add(prefix + "plus", shares.plus)
  }
}
