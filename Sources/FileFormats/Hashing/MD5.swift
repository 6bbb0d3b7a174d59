import Foundation

/// MD5 (RFC 1321), for comparison with published sums only: it protects against accidents, not against intent.
package struct MD5: HashFunction, Sendable {
  private var state = State(a: 0x6745_2301, b: 0xefcd_ab89, c: 0x98ba_dcfe, d: 0x1032_5476)
  private var blocks = HashBlocks()

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    blocks.update(bytes) { state.compress($0) }
  }

  package func finalize() -> [UInt8] {
    var state = state
    blocks.ending(lengthInBigEndian: false).withUnsafeBytes { state.compress($0) }
    return [state.a, state.b, state.c, state.d].flatMap { word in withUnsafeBytes(of: word.littleEndian, Array.init) }
  }
}

/// Four words, into which blocks are taken.
private struct State {
  var a, b, c, d: UInt32

  /// The whole parts of 2³² · |sin(1)|, |sin(2)|, ….
  private static let sines = (1...64).map { UInt32(abs(sin(Double($0))) * 0x1p32) }

  mutating func compress(_ blocks: UnsafeRawBufferPointer) {
    Self.sines.withUnsafeBufferPointer { sines in
      for start in stride(from: 0, to: blocks.count, by: 64) {
        let before = self
        let block = UnsafeRawBufferPointer(rebasing: blocks[start..<start + 64])
        for step in stride(from: 0, to: 64, by: 4) { takeFourSteps(from: step, block, sines) }
        a &+= before.a
        b &+= before.b
        c &+= before.c
        d &+= before.d
      }
    }
  }

  /// Four steps of one round; each of the four words is written once.
  @inline(__always)
  private mutating func takeFourSteps(
    from first: Int, _ block: UnsafeRawBufferPointer, _ sines: UnsafeBufferPointer<UInt32>
  ) {
    for step in first..<first + 4 {
      let (mixed, word, shifts): (UInt32, Int, SIMD4<UInt32>) =
        switch step >> 4 {
        case 0: ((b & c) | (~b & d), step, [7, 12, 17, 22])
        case 1: ((d & b) | (~d & c), 5 * step + 1, [5, 9, 14, 20])
        case 2: (b ^ c ^ d, 3 * step + 5, [4, 11, 16, 23])
        default: (c ^ (b | ~d), 7 * step, [6, 10, 15, 21])
        }
      let input = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: (word & 15) * 4, as: UInt32.self))
      let sum = a &+ mixed &+ input &+ sines[step]
      let shift = shifts[step & 3]
      (a, b, c, d) = (d, b &+ (sum << shift | sum >> (32 &- shift)), b, c)
    }
  }
}
