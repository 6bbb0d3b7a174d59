import Foundation
import Testing
import Training

struct MetricsLineTests {
  @Test func aStepHasItsKeysInAFixedOrder() throws {
    let ternary = TernaryCensus.Report(
      kinds: [
        .init(name: "q_proj", zeroFraction: 0.25, scale: 0.5), .init(name: "k_proj", zeroFraction: 0.5, scale: 2),
      ],
      whole: .init(minus: 0.3, zero: 0.375, plus: 0.325, flipped: 1e-5),
      layers: [.init(minus: 0.30004, zero: 0.375, plus: 0.32496, flipped: 1.04e-5)], steps: 10)
    let metrics = StepMetrics(
      step: 10, tokens: 640, loss: 2.5, bitsPerByte: 3.25, learningRate: 1e-3, weightDecay: 0.1, gradientNorm: 1.5,
      ternary: ternary, tokensPerSecond: 1000, elapsedSeconds: 0.5)
    let line = MetricsLine(metrics).description
    #expect(
      line == """
        {"step":10,"tokens":640,"loss":2.5,"bits_per_byte":3.25,"learning_rate":0.001,"weight_decay":0.1,\
        "grad_norm":1.5,"ternary":{"zero_fraction":{"q_proj":0.25,"k_proj":0.5},"codes_flipped":1e-05,\
        "flipped_per_1000_steps":0.001,"gamma":{"q_proj":0.5,"k_proj":2.0},\
        "share":{"minus":0.3,"zero":0.375,"plus":0.325},\
        "layers":[{"minus":0.3,"zero":0.375,"plus":0.325,"flipped":1e-05}]},"tokens_per_second":1000.0,"elapsed_seconds":0.5}
        """)
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
  }

  @Test func aWarmupShowsItsStrength() {
    let metrics = StepMetrics(
      step: 1, tokens: 2, loss: 3, bitsPerByte: nil, learningRate: 4, weightDecay: 5, quantizationStrength: 0.25,
      gradientNorm: 6, ternary: nil, tokensPerSecond: 7, elapsedSeconds: 8)
    #expect("\(MetricsLine(metrics))".contains(#""weight_decay":5.0,"quantization_strength":0.25,"grad_norm":6.0"#))
  }

  @Test func anEvaluationGivesThreeMeasures() throws {
    let line = MetricsLine(step: 3, validation: LossSum(nats: 40 * log(2), tokens: 10, bytes: 20))
    let members = try #require(
      try JSONSerialization.jsonObject(with: Data(line.description.utf8)) as? [String: Double])
    #expect(members["step"] == 3)
    #expect(abs(try #require(members["validation_bits_per_byte"]) - 2) < 1e-12)
    #expect(abs(try #require(members["validation_nats_per_token"]) - 4 * log(2)) < 1e-12)
    #expect(abs(try #require(members["validation_perplexity"]) - 16) < 1e-12)
  }
}
