import Autograd
import Layers
import Models

extension Decoder: TernaryCensusSource {
  /// The weights of all `BitLinear` layers as the next forward pass will use them; none in full precision.
  public func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
    try forEachLinearLayer { name, layer in
      guard let matrix = layer.quantization?.matrix else { return }
      let kind = name.split(separator: ".").last.map(String.init) ?? name
      try body(TernaryMatrixCodes(name: name + ".weight", kind: kind, codes: matrix.codes(), scale: matrix.gamma))
    }
  }
}
