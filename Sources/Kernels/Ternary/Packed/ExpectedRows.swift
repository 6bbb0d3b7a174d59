import CKernels

/// How many rows of activations a ternary matrix is multiplied with, most often: those of one sequence that is continued
/// token by token, or of several at a time. Decides how its codes are laid out, and no bit of a product.
public enum ExpectedRows: Sendable {
  case one
  /// 2 bits a code: a sixth more to read than the smallest layout, and less to do for every row.
  case several

  /// nil: the one that the kernels multiply with one row fastest.
  package var layout: bitnet_packed_layout? {
    switch self {
    case .one: nil
    case .several: BITNET_PACKED_TWO_BITS
    }
  }
}
