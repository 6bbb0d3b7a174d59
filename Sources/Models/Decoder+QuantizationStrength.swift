import Layers

extension Decoder {
  /// Sets how strongly the linear layers that have masters and codes quantise. Adapters and layers of codes alone are left
  /// as they are: these quantise fully.
  /// - Parameter strength: λ from 0 to 1 of a block of the model, counted from 0, among so many.
  public func setQuantizationStrength(_ strength: (_ block: Int, _ blockCount: Int) -> Float) {
    for (index, block) in layers.enumerated() {
      let strength = strength(index, layers.count)
      block.replaceLinearLayers { _, layer in
        if let layer = layer as? BitLinear, layer.weight.masters != nil { layer.quantizationStrength = strength }
        return layer
      }
    }
  }

  /// The mean over the layers of `setQuantizationStrength`; 1 where there are none.
  public var quantizationStrength: Double {
    var (sum, count) = (0.0, 0)
    forEachLinearLayer { _, layer in
      guard let layer = layer as? BitLinear, layer.weight.masters != nil else { return }
      sum += Double(layer.quantizationStrength)
      count += 1
    }
    return count > 0 ? sum / Double(count) : 1
  }
}
