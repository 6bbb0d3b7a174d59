import Architectures
import Autograd
import FileFormats
import Kernels
import Layers

extension Decoder {
  /// Freezes the model and puts a fresh adapter, which changes nothing yet, on each target.
  /// - Parameter seed: of the factors A.
  public func addAdapters(_ configuration: LoRAConfiguration, seed: UInt64) {
    var index = 0
    addAdapters(configuration) { name, shape in
      guard configuration.targets.contains(where: { name.hasSuffix("." + $0.rawValue) }) else { return nil }
      defer { index += 1 }
      return LoRAFactors(
        weight: shape, rank: configuration.rank, scale: Float(configuration.scale), seed: seed, index: index)
    }
  }

  /// Freezes the model and puts on it the adapters of a folder, which was checked against the model's configuration.
  /// - Throws: `SafetensorsError`.
  public func addAdapters(_ folder: LoRAAdapter) throws {
    try addAdapters(folder.configuration) { name, _ in
      guard let factors = folder.factors[name + ".weight"] else { return nil }
      let a = Tensor(try folder.a(factors), shape: [factors.rank, factors.inputs])
      let b = Tensor(try folder.b(factors, on: architecture), shape: [factors.outputs, factors.rank])
      return LoRAFactors(a: Parameter(a), b: Parameter(b), scale: factors.scale)
    }
  }

  /// - Parameter factors: gets the name of a linear layer and the shape of its weight; nil: no adapter there.
  private func addAdapters(
    _ configuration: LoRAConfiguration, factors: (_ name: String, _ shape: Shape) throws -> LoRAFactors?
  ) rethrows {
    for parameter in parameters { parameter.isTrainable = false }
    var index = 0
    try replaceLinearLayers { name, layer in
      guard let factors = try factors(name, layer.weight.shape) else { return layer }
      defer { index += 1 }
      switch configuration.placement {
      case .beside: return LoRALinear(layer, factors, dropout: Float(configuration.dropout), index: index)
      case .inside:
        guard let masters = layer.weight.masters else {
          preconditionFailure("\(name) has no masters to add an adapter to")
        }
        return MergedLoRALinear(
          masters, factors, configuration: architecture.numerics(ofModule: name), surroundings: layer.surroundings)
      }
    }
  }

  /// The parameters of the adapters with their full names: `….q_proj.lora_A.weight`, ….
  public var adapterParameters: [(name: String, parameter: Parameter)] {
    namedParameters.filter { $0.name.hasSuffix(".lora_A.weight") || $0.name.hasSuffix(".lora_B.weight") }
  }

  /// Merges the adapters into the weights they belong to, rounded to the weights' data type, and takes them off.
  ///
  /// Adapters inside the quantiser leave every ternary code as it was; those beside it change what the model computes,
  /// because the sum is quantised anew.
  public func mergeAdapters() {
    replaceLinearLayers { name, layer in
      guard let factors = (layer as? LoRALinear)?.factors ?? (layer as? MergedLoRALinear)?.factors else { return layer }
      guard let masters = layer.weight.masters else {
        preconditionFailure("\(name) has no masters to merge an adapter into")
      }
      masters.replaceValue(withoutGradients { factors.merged(into: masters.value) })
      return makeLinear(layer.weight, architecture.numerics(ofModule: name), layer.surroundings)
    }
    for parameter in parameters { parameter.isTrainable = true }
  }
}
