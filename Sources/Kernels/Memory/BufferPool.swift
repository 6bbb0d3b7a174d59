#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A free list of aligned memory blocks, so that a training step in steady state asks the system for nothing.
///
/// Blocks are grouped in size classes, four per power of two. A block returns to its class when the `Storage` that
/// owns it is released. Pages of a block that are never touched cost no memory.
public final class BufferPool: Sendable {
  public static let shared = BufferPool()

  /// The pool that new storage comes from; `$current.withValue(pool) { … }` replaces it for a scope.
  @TaskLocal public static var current = shared

  /// Counters since the pool was made.
  public struct Statistics: Equatable, Sendable {
    /// Blocks requested from the system.
    public var systemAllocations = 0
    /// Bytes held by the pool, lent or free.
    public var reservedBytes = 0
    /// Those of them that were ever asked for: a block is as large as its size class, its rest costs no memory.
    public var usedBytes = 0
    /// Bytes lent at the moment.
    public var lentBytes = 0
    /// The largest `lentBytes` seen.
    public var peakLentBytes = 0
  }

  private struct State {
    var freeBlocks: [Int: [Block]] = [:]
    var statistics = Statistics()
  }

  /// A block of the system's memory.
  struct Block: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer
    /// The most that was asked for at once.
    var usedBytes: Int
  }

  /// Cache lines and the widest vector registers are 64 bytes.
  package static let alignment = 64

  private let state = SystemMutex(State())

  public init() {}

  deinit { trim() }

  public var statistics: Statistics { state.withLock { $0.statistics } }

  /// Returns free blocks to the system; lent ones stay valid.
  public func trim() {
    state.withLock { state in
      for (size, blocks) in state.freeBlocks {
        for block in blocks {
          free(block.pointer)
          state.statistics.usedBytes -= block.usedBytes
        }
        state.statistics.reservedBytes -= size * blocks.count
      }
      state.freeBlocks = [:]
    }
  }

  /// The size class that holds `byteCount` bytes.
  package static func capacity(forByteCount byteCount: Int) -> Int {
    let minimum = 256
    if byteCount <= minimum { return minimum }
    let powerOfTwo = 1 << (Int.bitWidth - 1 - (byteCount - 1).leadingZeroBitCount)
    let quarter = powerOfTwo / 4
    return (byteCount + quarter - 1) / quarter * quarter
  }

  /// - Parameter byteCount: at most `capacity`.
  func borrow(capacity: Int, byteCount: Int) -> Block {
    let reused = state.withLock { state -> Block? in
      state.statistics.lentBytes += capacity
      state.statistics.peakLentBytes = max(state.statistics.peakLentBytes, state.statistics.lentBytes)
      if var block = state.freeBlocks[capacity]?.popLast() {
        state.statistics.usedBytes += max(0, byteCount - block.usedBytes)
        block.usedBytes = max(block.usedBytes, byteCount)
        return block
      }
      state.statistics.systemAllocations += 1
      state.statistics.reservedBytes += capacity
      state.statistics.usedBytes += byteCount
      return nil
    }
    return reused ?? Block(pointer: Self.allocate(capacity), usedBytes: byteCount)
  }

  /// Large blocks ask for huge pages: with small ones, address translation bounds every kernel that streams.
  private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer {
    #if os(Linux)
      if capacity >= 2 * hugePage {
        let block = allocate(capacity, alignment: hugePage)
        // A system without them goes on with small pages.
        _ = madvise(block, capacity, MADV_HUGEPAGE)
        return block
      }
    #endif
    return allocate(capacity, alignment: alignment)
  }

  private static func allocate(_ capacity: Int, alignment: Int) -> UnsafeMutableRawPointer {
    var block: UnsafeMutableRawPointer?
    guard posix_memalign(&block, alignment, capacity) == 0, let block else {
      UnsurvivableFailure.end("out of memory: the system refuses \(capacity) bytes more")
    }
    return block
  }

  private static let hugePage = 2 << 20

  func giveBack(_ block: Block, capacity: Int) {
    state.withLock { state in
      state.statistics.lentBytes -= capacity
      state.freeBlocks[capacity, default: []].append(block)
    }
  }
}
