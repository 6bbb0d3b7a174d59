import Architectures
import Autograd
import Kernels
import Layers

/// What one parameter of a decoder is made of.
enum DecoderWeight {
  case masters(Parameter)
  case codes(QuantizedWeight)
  case table(FrozenTable)
}

/// Wires weights to the layers that an architecture describes.
struct DecoderParts {
  private struct Place: Hashable {
    let role: ModelParameter.Role
    let layer: Int?
  }

  private let architecture: Architecture
  private var weights: [Place: DecoderWeight] = [:]

  init(_ architecture: Architecture) { self.architecture = architecture }

  mutating func add(_ parameter: ModelParameter, _ weight: DecoderWeight) {
    weights[Place(role: parameter.role, layer: parameter.layer)] = weight
  }

  func table(_ role: ModelParameter.Role) -> TokenTable {
    switch weights[Place(role: role, layer: nil)] {
    case .masters(let parameter): return .trainable(parameter)
    case .table(let table): return .frozen(table)
    case .codes, nil: preconditionFailure("\(role) is no table")
    }
  }

  func norm(_ role: ModelParameter.Role, _ layer: Int? = nil) -> RMSNorm {
    guard let norm = optionalNorm(role, layer) else { preconditionFailure("\(role) has no gain") }
    return norm
  }

  private func optionalNorm(_ role: ModelParameter.Role, _ layer: Int?) -> RMSNorm? {
    vector(role, layer).map { RMSNorm(weight: $0, epsilon: Float(architecture.epsilon(of: role))) }
  }

  private func vector(_ role: ModelParameter.Role, _ layer: Int?) -> Parameter? {
    if case .masters(let parameter) = weights[Place(role: role, layer: layer)] { parameter } else { nil }
  }

  func layer(_ index: Int) -> DecoderLayer {
    DecoderLayer(
      inputNorm: optionalNorm(.inputNorm, index),
      attention: SelfAttention(
        heads: architecture.attentionHeadCount, keyValueHeads: architecture.keyValueHeadCount,
        query: linear(.query, index), key: linear(.key, index), value: linear(.value, index),
        output: linear(.output, index), queryNorm: optionalNorm(.queryNorm, index),
        keyNorm: optionalNorm(.keyNorm, index), subNorm: optionalNorm(.attentionSubNorm, index)),
      attentionOutputNorm: optionalNorm(.attentionOutputNorm, index),
      postAttentionNorm: optionalNorm(.postAttentionNorm, index),
      feedForward: FeedForward(
        gate: linear(.gate, index), up: linear(.up, index), down: linear(.down, index),
        activation: architecture.hiddenActivation, subNorm: optionalNorm(.feedForwardSubNorm, index)),
      feedForwardOutputNorm: optionalNorm(.feedForwardOutputNorm, index))
  }

  private func linear(_ projection: Projection, _ layer: Int) -> any LinearLayer {
    let weight: LinearWeight
    switch weights[Place(role: .matrix(projection), layer: layer)] {
    case .masters(let parameter): weight = .masters(parameter)
    case .codes(let codes): weight = .codes(codes)
    case .table, nil: preconditionFailure("\(projection) of layer \(layer) has no matrix")
    }
    return makeLinear(
      weight, architecture.numerics(ofModule: "model.layers.\(layer).\(projection.module)"),
      LinearSurroundings(
        norm: optionalNorm(.projectionNorm(projection), layer), bias: vector(.bias(projection), layer)))
  }
}
