import Architectures
import Kernels

/// Why a model cannot be written as a Hugging Face folder as asked.
package enum HuggingFaceExportError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Packed codes of a model without ternary layers.
  case notTernary(WeightQuantization)
  /// Four rows share a byte.
  case rowCount(tensor: String, rows: Int)
  /// Codes that no numbers of a format quantise to.
  case noMasters(tensor: String, format: StoredFloatFormat)
  /// Codes that are not 0 under a scale that is.
  case noScale(tensor: String)

  package var description: String {
    switch self {
    case .notTernary(.sign):
      "the model has binary weights (weight_quant: sign), which transformers has no packed form for. Use --type f32, "
        + "f16 or bf16."
    case .notTernary:
      "the model has full-precision weights (weight_quant: none), so there are no codes to pack. Use --type f32, f16 or "
        + "bf16."
    case .rowCount(let tensor, let rows):
      "\(tensor) has \(rows) rows, but packed codes of transformers have four rows to a byte. Use --type f32, f16 or bf16."
    case .noMasters(let tensor, let format):
      "\(tensor) has only codes, and no numbers in \(format.rawValue) quantise to them and their scale. Use --type packed"
        + (format == .float32 ? "." : " or f32.")
    case .noScale(let tensor):
      "\(tensor) has codes other than 0 and the scale 0, which folders do not hold. Copy the model again from where it was "
        + "made."
    }
  }
}
