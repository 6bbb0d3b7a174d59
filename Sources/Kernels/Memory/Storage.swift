/// One block of 64-byte-aligned memory on loan from a `BufferPool`; returned when the last reference goes.
///
/// The contents are undefined at first. Whoever shares a `Storage` between threads orders the accesses.
package final class Storage: @unchecked Sendable {
  package let byteCount: Int
  package let pointer: UnsafeMutableRawPointer
  private let block: BufferPool.Block
  private let capacity: Int
  private let pool: BufferPool

  package init(byteCount: Int) {
    self.byteCount = byteCount
    capacity = BufferPool.capacity(forByteCount: byteCount)
    pool = BufferPool.current
    block = pool.borrow(capacity: capacity, byteCount: byteCount)
    pointer = block.pointer
  }

  deinit {
    pool.giveBack(block, capacity: capacity)
  }

  /// The block seen as elements of a trivial type.
  @inlinable
  package func elements<Element: BitwiseCopyable>(
    of type: Element.Type = Element.self
  ) -> UnsafeMutablePointer<Element> {
    pointer.assumingMemoryBound(to: type)
  }
}
