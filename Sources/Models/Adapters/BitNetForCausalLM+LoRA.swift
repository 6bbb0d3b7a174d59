import Architectures
import Autograd
import FileFormats
import Kernels
import Layers

extension BitNetForCausalLM {
  /// Freezes the model and puts a fresh adapter, which changes nothing yet, on each target.
  /// - Parameter seed: of the factors A.
  public func addAdapters(_ configuration: LoRAConfiguration, seed: UInt64) {
    var index = 0
    addAdapters(configuration) { name, weight in
      guard configuration.targets.contains(where: { name.hasSuffix("." + $0.rawValue) }) else { return nil }
      defer { index += 1 }
      return LoRAFactors(
        weight: weight.shape, rank: configuration.rank, scale: Float(configuration.scale), seed: seed, index: index)
    }
  }

  /// Freezes the model and puts on it the adapters of a folder, which was checked against the model's configuration.
  /// - Throws: `SafetensorsError`.
  public func addAdapters(_ folder: LoRAAdapter) throws {
    try addAdapters(folder.configuration) { name, _ in
      guard let factors = folder.factors[name + ".weight"] else { return nil }
      let a = Tensor(try folder.a(factors), shape: [factors.rank, factors.inputs])
      let b = Tensor(try folder.b(factors), shape: [factors.outputs, factors.rank])
      return LoRAFactors(a: Parameter(a), b: Parameter(b), scale: factors.scale)
    }
  }

  /// - Parameter factors: gets the name and the weight of a linear layer; nil: no adapter there.
  private func addAdapters(
    _ configuration: LoRAConfiguration, factors: (_ name: String, _ weight: Parameter) throws -> LoRAFactors?
  ) rethrows {
    for parameter in parameters { parameter.isTrainable = false }
    var index = 0
    try replaceLinearLayers { name, layer in
      guard let factors = try factors(name, layer.weight) else { return layer }
      defer { index += 1 }
      switch configuration.placement {
      case .beside: return LoRALinear(layer, factors, dropout: Float(configuration.dropout), index: index)
      case .inside: return MergedLoRALinear(layer.weight, factors, configuration: self.configuration.bitLinear)
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
    replaceLinearLayers { _, layer in
      guard let factors = (layer as? LoRALinear)?.factors ?? (layer as? MergedLoRALinear)?.factors else { return layer }
      let weight = layer.weight
      weight.replaceValue(withoutGradients { factors.merged(into: weight.value) })
      return makeLinear(weight, configuration.bitLinear)
    }
    for parameter in parameters { parameter.isTrainable = true }
  }
}
