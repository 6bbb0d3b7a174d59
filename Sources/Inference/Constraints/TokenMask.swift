/// Which tokens of a vocabulary may come.
package struct TokenMask: Equatable, Sendable {
  private var words: [UInt64]
  private let count: Int

  /// None.
  init(count: Int) {
    self.count = count
    words = [UInt64](repeating: 0, count: (count + 63) / 64)
  }

  package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

  package func allows(_ token: Int32) -> Bool {
    (0..<Int32(count)).contains(token) && words[Int(token) / 64] >> UInt64(token % 64) & 1 == 1
  }

  mutating func allow(_ token: Int32) {
    guard (0..<Int32(count)).contains(token) else { return }
    words[Int(token) / 64] |= 1 << UInt64(token % 64)
  }

  mutating func forbid(_ token: Int32) {
    guard (0..<Int32(count)).contains(token) else { return }
    words[Int(token) / 64] &= ~(1 << UInt64(token % 64))
  }

  /// The logits with those of other tokens −∞.
  func applied(to logits: [Float]) -> [Float] {
    var result = logits
    result.withUnsafeMutableBufferPointer { result in
      for index in result.indices where index >= count || words[index / 64] >> UInt64(index % 64) & 1 == 0 {
        result[index] = -.infinity
      }
    }
    return result
  }
}
