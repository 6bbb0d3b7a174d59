import Kernels

/// SHA-256 (FIPS 180-4).
package struct SHA256: HashFunction, Sendable {
  // Fractional parts of the square roots of the first eight primes.
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
  ]
  private var blocks = HashBlocks()

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    blocks.update(bytes) { SHA256Kernel.compress($0, into: &state) }
  }

  package func finalize() -> [UInt8] {
    var state = state
    blocks.ending(lengthInBigEndian: true).withUnsafeBytes { SHA256Kernel.compress($0, into: &state) }
    return state.flatMap { word in withUnsafeBytes(of: word.bigEndian, Array.init) }
  }
}
