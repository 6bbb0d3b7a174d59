/// A growing list of token ids without the checks of an array.
struct TokenBuffer: ~Copyable {
  private(set) var tokens: UnsafeMutablePointer<Int32>
  private(set) var count = 0
  private var capacity = 1024

  init() { tokens = .allocate(capacity: capacity) }

  deinit { tokens.deallocate() }

  /// Makes room for `more` tokens, which `count` does not include yet.
  @inline(__always)
  mutating func reserve(_ more: Int) {
    if capacity - count < more { grow(more) }
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    capacity = max(2 * capacity, count + more)
    let larger = UnsafeMutablePointer<Int32>.allocate(capacity: capacity)
    larger.update(from: tokens, count: count)
    tokens.deallocate()
    tokens = larger
  }

  @inline(__always)
  var end: UnsafeMutablePointer<Int32> { tokens + count }

  /// Counts tokens that were written at `end`.
  @inline(__always)
  mutating func advance(_ more: Int) { count += more }

  @inline(__always)
  mutating func append(_ token: Int32) {
    reserve(1)
    tokens[count] = token
    count += 1
  }

  mutating func removeAll() { count = 0 }

  var array: [Int32] { Array(UnsafeBufferPointer(start: tokens, count: count)) }
}
