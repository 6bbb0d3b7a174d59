import FileFormats
import Kernels

/// `quantization_config` of BitNet models: linear layers of ternary weights, as float masters or packed.
struct HuggingFaceQuantization {
  /// Whether the files hold packed codes, four to a byte, and a scale beside them.
  let isPacked: Bool
  /// Whether the stored scale is 1/γ: layers of the class `bitlinear` divide by it, `autobitlinear` multiplies.
  let storesInverseScale: Bool
  /// An RMSNorm in front of every quantised layer.
  let usesNorms: Bool
  /// Of these norms.
  let normEpsilon: Double?
  /// Layers that are not converted; the head never is.
  let modulesInFullPrecision: Set<String>

  /// nil where there is no such object.
  init?(_ reader: inout ConfigurationReader) {
    guard let members = reader.object("quantization_config") else { return nil }
    var nested = ConfigurationReader(members, prefix: "quantization_config.")
    if let method = nested.string("quant_method"), method != "bitnet" {
      nested.complain(
        "quantization_config.quant_method is \"\(method.printable())\", expected bitnet; other quantised folders are not read. Use "
          + "the unquantised model, or a GGUF file of it")
    } else if nested.value("quant_method") == nil {
      nested.complain("quantization_config.quant_method is missing, expected bitnet")
    }
    let linearClass = nested.string("linear_class") ?? "bitlinear"
    let mode = nested.string("quantization_mode") ?? "offline"
    if !["bitlinear", "autobitlinear"].contains(linearClass) {
      nested.complain(
        "quantization_config.linear_class is \"\(linearClass.printable())\", expected one of: bitlinear, autobitlinear")
    }
    if !["online", "offline"].contains(mode) {
      nested.complain(
        "quantization_config.quantization_mode is \"\(mode.printable())\", expected one of: online, offline")
    }
    isPacked = !(linearClass == "autobitlinear" && mode == "online")
    storesInverseScale = linearClass != "autobitlinear"
    usesNorms = nested.boolean("use_rms_norm") ?? false
    normEpsilon = usesNorms ? nested.double("rms_norm_eps") ?? 1e-6 : nil
    var modules: Set<String> = []
    for module in nested.array("modules_to_not_convert") ?? [] {
      guard let name = module.stringValue else {
        nested.complain("quantization_config.modules_to_not_convert contains \(module.kind), expected names")
        continue
      }
      if name != "lm_head" { modules.insert(name) }
    }
    modulesInFullPrecision = modules
    nested.problems.forEach { reader.complain($0) }
  }
}
