import Autograd
import Layers
import Models

extension Decoder: TernaryCensusSource {
  /// The weights of all `BitLinear` layers as the next forward pass will use them; none in full precision.
  public func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
    try forEachLinearLayer { name, layer in
      guard let matrix = layer.quantization?.matrix else { return }
      let parts = name.split(separator: ".")
      let kind = parts.last.map(String.init) ?? name
      // model.layers.3.self_attn.q_proj
      let block = parts.count > 2 ? Int(parts[2]) ?? 0 : 0
      try body(
        TernaryMatrixCodes(name: name + ".weight", kind: kind, layer: block, codes: matrix.codes(), scale: matrix.gamma)
      )
    }
  }
}
