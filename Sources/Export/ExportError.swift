import Architectures
import FileFormats

/// Why a model cannot be exported as asked; found before anything is written.
package enum ExportError: Error, Equatable, Sendable, CustomStringConvertible {
  case rowWidth(type: String, tensor: String, columns: Int, blockSize: Int, possible: [String])
  case notTernary(type: String)

  package var description: String {
    switch self {
    case .rowWidth(let type, let tensor, let columns, let blockSize, let possible):
      "\(tensor) has rows of \(columns), but \(type) has blocks of \(blockSize). "
        + "Types that can hold this model: \(possible.joined(separator: ", "))."
    case .notTernary(let type):
      "the model was trained with full-precision weights (weight_quant: none), which \(type) cannot hold. "
        + "Use --type f16, bf16 or f32."
    }
  }
}
