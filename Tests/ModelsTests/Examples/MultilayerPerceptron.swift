import Autograd
import Layers
import Training

final class MultilayerPerceptron: Module {
  let hidden = BitLinear(inputs: 2, outputs: 32, seed: 1)  // or Linear: the two are interchangeable
  let output = Linear(inputs: 32, outputs: 2, seed: 2)

  func callAsFunction(_ x: Tensor) -> Tensor { output(hidden(x).relu()) }

  func collectParameters(into list: inout ParameterList) {
    list.add("hidden", hidden)
    list.add("output", output)
  }
}

/// Learns whether two signs differ; returns the loss before and after.
func learnXOR() -> (first: Float, last: Float) {
  let model = MultilayerPerceptron()
  let optimizer = AdamW(
    model.namedParameters, configuration: .init(learningRate: 0.01), masterWeights: .init(), seed: 1)
  let inputs = Tensor([-1, -1, -1, 1, 1, -1, 1, 1], shape: [4, 2])
  let losses = (0..<300).map { step in
    let loss = crossEntropy(logits: model(inputs), targets: [0, 1, 1, 0]).mean()
    loss.backward()
    optimizer.update(step: step)
    return loss.item
  }
  return (losses[0], losses[299])
}
