import CKernels

/// The compression function of SHA-256.
package enum SHA256Kernel {
  package static let blockSize = 64

  private static let fastest = bitnet_sha256_fastest()

  /// Takes whole blocks into the state.
  /// - Parameters:
  ///   - state: eight words.
  ///   - bytes: a multiple of ``blockSize``.
  package static func compress(_ bytes: UnsafeRawBufferPointer, into state: inout [UInt32]) {
    require(state.count == 8, "SHA-256 with a state of \(state.count) words")
    require(bytes.count % blockSize == 0, "SHA-256 over \(bytes.count) bytes, no multiple of \(blockSize)")
    guard let address = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    let function = KernelPath.current == .portable ? bitnet_sha256_portable : fastest
    function?(&state, address, bytes.count / blockSize)
  }
}
