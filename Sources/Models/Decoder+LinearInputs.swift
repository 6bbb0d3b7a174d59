import Architectures
import Autograd
import Foundation
import Kernels
import Layers

extension Decoder {
  /// Computes `batches` and measures what goes into the linear layers of the blocks.
  /// - Parameter batches: rows of tokens of one length each.
  /// - Returns: by the name of the layer's module, such as `model.layers.0.mlp.down_proj`.
  package func linearInputs(_ batches: [[Int32]]) -> [String: LinearInputs] {
    var measured: [String: MeasuredLinear] = [:]
    replaceLinearLayers { name, layer in
      let wrapped = MeasuredLinear(layer, epsilon: Float(architecture.rmsNormEpsilon))
      measured[name] = wrapped
      return wrapped
    }
    defer { replaceLinearLayers { name, layer in (layer as? MeasuredLinear)?.layer ?? layer } }
    withoutGradients { for tokens in batches { _ = hiddenStates(tokens: tokens, length: tokens.count) } }
    return measured.mapValues(\.inputs)
  }
}

/// How large the inputs of a linear layer are.
package struct LinearInputs {
  package private(set) var rowCount = 0
  private var sumOfLogarithms = 0.0
  private let width: Int
  private let epsilon: Float

  init(width: Int, epsilon: Float) { (self.width, self.epsilon) = (width, epsilon) }

  /// The gain of an RMSNorm in front of the layer that changes its input little: the geometric mean of the rows' root mean squares.
  /// Rows of that size pass unchanged. The mean of the sizes themselves would follow the few tokens whose activations are a
  /// thousand times those of all others.
  package var preservingGain: Float { rowCount > 0 ? Float(exp(sumOfLogarithms / Double(rowCount))) : 1 }

  mutating func add(_ rows: UnsafeBufferPointer<Float>) {
    for start in stride(from: 0, to: rows.count, by: width) {
      let sum = rows[start..<start + width].reduce(0.0) { $0 + Double($1) * Double($1) }
      sumOfLogarithms += log(sum / Double(width) + Double(epsilon)) / 2
      rowCount += 1
    }
  }
}

/// A linear layer that looks at its inputs.
private final class MeasuredLinear: LinearLayer {
  let layer: any LinearLayer
  private(set) var inputs: LinearInputs

  init(_ layer: any LinearLayer, epsilon: Float) {
    self.layer = layer
    inputs = LinearInputs(width: layer.weight.shape[1], epsilon: epsilon)
  }

  var weight: LinearWeight { layer.weight }
  var surroundings: LinearSurroundings { layer.surroundings }
  var quantization: QuantizedWeight? { layer.quantization }

  func callAsFunction(_ input: LayerInput, addedTo residual: Tensor?) -> Tensor {
    input.fullPrecision.withFloats { inputs.add($0) }
    return layer(input, addedTo: residual)
  }
}
