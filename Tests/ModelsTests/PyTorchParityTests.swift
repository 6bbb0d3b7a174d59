import Architectures
import Autograd
import Foundation
import Kernels
import Layers
import Testing
import Training

/// One training step against PyTorch, see Fixtures/make_training_fixture.py.
@Suite struct PyTorchParityTests {
  @Test(arguments: [Activation.relu2, .silu], KernelPath.available)
  func lossAndEveryGradientAgree(activation: Activation, path: KernelPath) throws {
    try KernelPath.$current.withValue(path) {
      let fixture = try TrainingFixture(activation: activation)
      let model = try fixture.model()
      let losses = model.tokenLosses(tokens: fixture.tokens, targets: fixture.targets, length: fixture.length)
      let loss = losses.sum() * (1 / Float(fixture.tokens.count))
      loss.backward()
      let expected = try fixture.file.floats(of: "loss")[0]
      #expect(abs(loss.item - expected) <= 1e-4 * expected, "loss \(loss.item), PyTorch \(expected)")
      for (name, parameter) in model.namedParameters {
        let gradient = try #require(parameter.gradient, "\(name) has no gradient")
        let error = relativeError(gradient.scalars, try fixture.file.floats(of: "gradient." + name))
        #expect(error <= 1e-4, "gradient of \(name) differs by \(error)")
      }
    }
  }

  @Test(arguments: [Activation.relu2, .silu], KernelPath.available)
  func tenAdamWStepsAgree(activation: Activation, path: KernelPath) throws {
    try KernelPath.$current.withValue(path) {
      let fixture = try TrainingFixture(activation: activation)
      let model = try fixture.model()
      let optimizer = AdamW(
        model.namedParameters, configuration: OptimizerConfiguration(), masterWeights: .init(dataType: .float32),
        seed: 1)
      let scale = 1 / Double(fixture.tokens.count)
      for (step, expected) in try fixture.file.floats(of: "losses").enumerated() {
        let loss = model.tokenLosses(tokens: fixture.tokens, targets: fixture.targets, length: fixture.length).sum()
        let mean = loss.item * Float(scale)
        #expect(abs(mean - expected) <= 1e-3 * expected, "step \(step): loss \(mean), PyTorch \(expected)")
        loss.backward()
        let squares = model.parameters.compactMap(\.gradient).flatMap(\.scalars).reduce(0.0) { $0 + Double($1 * $1) }
        let clipping = min(1, 1 / (squares.squareRoot() * scale))
        optimizer.update(step: step, learningRate: 2e-3, weightDecay: 0.1, gradientScale: scale * clipping)
      }
    }
  }
}

/// ‖a − b‖ / ‖b‖
func relativeError(_ actual: [Float], _ expected: [Float]) -> Double {
  precondition(actual.count == expected.count, "\(actual.count) and \(expected.count) elements")
  let difference = zip(actual, expected).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
  let norm = expected.reduce(0.0) { $0 + Double($1) * Double($1) }
  return (difference / norm).squareRoot()
}
