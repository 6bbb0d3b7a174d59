import Kernels

/// One stored tensor of a model, by its Hugging Face name.
public struct ModelParameter: Hashable, Sendable {
  /// What a tensor does in the model.
  public enum Role: Hashable, Sendable {
    case embedding, head, finalNorm
    /// In front of attention and feed-forward.
    case inputNorm, postAttentionNorm
    /// Behind them, before they are added to the residual stream.
    case attentionOutputNorm, feedForwardOutputNorm
    /// BitNet's norms in front of the output and the down projection.
    case attentionSubNorm, feedForwardSubNorm
    /// Per head, shared by the heads, or across all of them.
    case queryNorm, keyNorm
    case matrix(Projection)
    case bias(Projection)
    /// In front of one projection.
    case projectionNorm(Projection)
  }

  public let name: String
  /// `[out, in]` for matrices, `[width]` for norm gains and biases.
  public let shape: [Int]
  public let role: Role
  /// The decoder layer, from 0; nil outside the layers.
  public let layer: Int?

  package init(name: String, shape: [Int], role: Role, layer: Int?) {
    self.name = name
    self.shape = shape
    self.role = role
    self.layer = layer
  }

  public var elementCount: Int { shape.reduce(1, *) }

  /// The linear layer of a block whose matrix this is.
  public var projection: Projection? {
    if case .matrix(let projection) = role { projection } else { nil }
  }

  public var isNorm: Bool {
    switch role {
    case .embedding, .head, .matrix, .bias: false
    default: true
    }
  }

  /// A vector: norm gains and biases, which no file format quantises.
  public var isVector: Bool { shape.count == 1 }

  /// The table of the tokens or the head.
  public var isTable: Bool { role == .embedding || role == .head }

  /// The name without `.weight` or `.bias`.
  public var module: String { name.split(separator: ".").dropLast().joined(separator: ".") }

  /// What it is, for reports.
  public var kind: String {
    switch role {
    case .embedding: "embedding"
    case .head: "head"
    case .matrix(let projection): "\(projection)"
    case .bias: "bias"
    default: "norm"
    }
  }
}

extension Architecture {
  /// Every stored tensor, in the order of the forward pass.
  public var parameters: [ModelParameter] {
    var result = [
      ModelParameter(
        name: "model.embed_tokens.weight", shape: [vocabularySize, hiddenSize], role: .embedding, layer: nil)
    ]
    for layer in 0..<hiddenLayerCount { result += parameters(ofLayer: layer) }
    result.append(ModelParameter(name: "model.norm.weight", shape: [hiddenSize], role: .finalNorm, layer: nil))
    if !tieWordEmbeddings {
      result.append(
        ModelParameter(name: "lm_head.weight", shape: [vocabularySize, hiddenSize], role: .head, layer: nil))
    }
    return result
  }

  /// Elements of all stored tensors; a tied head counts once.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.elementCount } }

  package func parameters(ofLayer layer: Int) -> [ModelParameter] {
    func norm(_ role: ModelParameter.Role) -> [ModelParameter] { parameter(norm: role, layer: layer) }
    func linear(_ projection: Projection) -> [ModelParameter] { parameters(of: projection, layer: layer) }
    let attention =
      norm(.inputNorm) + linear(.query) + linear(.key) + linear(.value) + norm(.queryNorm) + norm(.keyNorm)
      + norm(.attentionSubNorm) + linear(.output) + norm(.attentionOutputNorm)
    let feedForward =
      norm(.postAttentionNorm) + linear(.gate) + linear(.up) + norm(.feedForwardSubNorm) + linear(.down)
      + norm(.feedForwardOutputNorm)
    return attention + feedForward
  }

  /// A norm where the blocks have one.
  private func parameter(norm role: ModelParameter.Role, layer: Int) -> [ModelParameter] {
    guard let (module, width) = norm(role) else { return [] }
    return [ModelParameter(name: "model.layers.\(layer).\(module).weight", shape: [width], role: role, layer: layer)]
  }

  /// The matrix of a projection, and its norm and bias if it has them.
  private func parameters(of projection: Projection, layer: Int) -> [ModelParameter] {
    let (module, shape) = ("model.layers.\(layer).\(projection.module)", shape(of: projection))
    var result = parameter(norm: .projectionNorm(projection), layer: layer)
    result.append(ModelParameter(name: "\(module).weight", shape: shape, role: .matrix(projection), layer: layer))
    if biases.contains(projection) {
      result.append(
        ModelParameter(name: "\(module).bias", shape: [shape[0]], role: .bias(projection), layer: layer))
    }
    return result
  }

  /// How a matrix is quantised in the forward pass; nil for everything in full precision.
  public func numerics(of parameter: ModelParameter) -> BitLinearConfiguration? {
    guard parameter.projection != nil else { return nil }
    let numerics = numerics(ofModule: parameter.module)
    return numerics.weightQuantization.isQuantizing ? numerics : nil
  }

  /// What a norm adds to the mean square.
  package func epsilon(of norm: ModelParameter.Role) -> Double {
    if case .projectionNorm = norm { projectionNormEpsilon ?? rmsNormEpsilon } else { rmsNormEpsilon }
  }

  /// Whether the tensor is a matrix that is multiplied in codes.
  public func isQuantized(_ parameter: ModelParameter) -> Bool { numerics(of: parameter) != nil }

  /// The matrices that are multiplied in codes.
  package var quantizedParameters: [ModelParameter] { parameters.filter(isQuantized) }
}
