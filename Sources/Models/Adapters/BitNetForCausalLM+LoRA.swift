import Autograd
import Kernels
import ModelFormats

extension BitNetForCausalLM {
  /// Freezes the model and puts a fresh adapter, which changes nothing yet, on each target.
  /// - Parameter seed: of the factors A.
  public func addAdapters(_ configuration: LoRAConfiguration, seed: UInt64) {
    for parameter in parameters { parameter.isTrainable = false }
    var index = 0
    replaceLinearLayers { name, layer in
      guard configuration.targets.contains(where: { $0.rawValue == name }) else { return layer }
      let factors = LoRAFactors(weight: layer.weight.shape, configuration, seed: seed, index: index)
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
      return makeLinear(weight, self.configuration.bitLinear)
    }
    for parameter in parameters { parameter.isTrainable = true }
  }
}
