/// Finds the id of a byte string: a hash table over the tokens of a vocabulary.
struct ByteStringTable: Sendable {
  private static let empty = UInt32.max

  private let vocabulary: TokenBytes
  private var slots: [UInt32]
  private var count = 0

  /// An empty table of tokens of `vocabulary`.
  init(_ vocabulary: TokenBytes) {
    self.vocabulary = vocabulary
    var size = 16
    while size < 2 * vocabulary.count { size *= 2 }
    slots = Array(repeating: Self.empty, count: size)
  }

  /// - Returns: the id that has the same bytes already, if there is one; then that stays.
  @discardableResult
  mutating func insert(_ id: UInt32) -> UInt32? {
    vocabulary.withBytes(of: id) { bytes in
      let place = place(bytes)
      guard slots[place] == Self.empty else { return slots[place] }
      slots[place] = id
      count += 1
      return nil
    }
  }

  @inline(__always)
  func id(of bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    let id = slots[place(bytes)]
    return id == Self.empty ? nil : id
  }

  func id(of bytes: some Collection<UInt8>) -> UInt32? {
    Array(bytes).withUnsafeBufferPointer { id(of: $0) }
  }

  /// There are twice as many slots as tokens, so one is empty.
  private func place(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let mask = slots.count - 1
    var place = Int(truncatingIfNeeded: Self.hash(bytes)) & mask
    while slots[place] != Self.empty, !vocabulary.equals(slots[place], bytes) { place = (place + 1) & mask }
    return place
  }

  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(bytes.count)
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return hash ^ hash >> 29
  }
}

/// The bytes of all tokens, one after the other.
struct TokenBytes: Sendable {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init() {}

  init(_ tokens: [[UInt8]]) {
    for token in tokens { append(token) }
  }

  var count: Int { ends.count }

  mutating func append(_ token: some Collection<UInt8>) {
    bytes.append(contentsOf: token)
    ends.append(bytes.count)
  }

  @inline(__always)
  func range(of id: UInt32) -> Range<Int> {
    (id == 0 ? 0 : ends[Int(id) - 1])..<ends[Int(id)]
  }

  subscript(id: UInt32) -> ArraySlice<UInt8> { bytes[range(of: id)] }

  @inline(__always)
  func withBytes<Result>(of id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[range(of: id)])) }
  }

  @inline(__always)
  func equals(_ id: UInt32, _ other: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = range(of: id)
    guard range.count == other.count else { return false }
    for index in 0..<other.count where bytes[range.lowerBound + index] != other[index] { return false }
    return true
  }
}
