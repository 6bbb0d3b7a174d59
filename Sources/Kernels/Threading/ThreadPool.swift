import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A fixed set of threads that run one loop body over ranges.
///
/// The partition of `forEachRange` and `forEachPart` depends on the count and the number of threads alone, never on
/// timing, so that a result is reproducible; kernels whose output elements are independent give the same bits for every
/// thread count, and may use `forEachFreeRange`.
public final class ThreadPool: Sendable {
  /// The pool that kernels use; `$current.withValue(pool) { … }` replaces it for a scope.
  @TaskLocal public static var current = ThreadPool(threadCount: defaultThreadCount)

  /// The calling thread alone.
  public static let serial = ThreadPool(threadCount: 1)

  /// The number of processors this process may run on.
  public static var defaultThreadCount: Int {
    max(1, Int(bitnet_usable_processors()))
  }

  /// Threads that take part in a loop, the calling one included.
  public let threadCount: Int
  private let workers: [Worker]
  private let isBusy = Atomic<Bool>(false)

  public init(threadCount: Int) {
    require(threadCount >= 1, "a thread pool needs at least 1 thread, got \(threadCount)")
    self.threadCount = threadCount
    workers = (1..<threadCount).map { _ in Worker() }
  }

  deinit {
    for worker in workers { worker.stop() }
  }

  /// Calls `body` with contiguous ranges that cover `0..<count`, one per thread at most.
  ///
  /// - Parameters:
  ///   - multiple: every range but the last begins and ends at a multiple of it.
  ///   - minimum: the least number of elements that is worth a thread of its own.
  /// A loop inside a loop runs on the calling thread alone.
  public func forEachRange(
    of count: Int, multipleOf multiple: Int = 1, minimumPerThread minimum: Int = 1,
    _ body: (Range<Int>) -> Void
  ) {
    forEachPart(of: count, multipleOf: multiple, minimumPerThread: minimum) { _, range in body(range) }
  }

  /// As `forEachRange`; `body` also gets the number of its part, below `threadCount`, to find its scratch memory.
  public func forEachPart(
    of count: Int, multipleOf multiple: Int = 1, minimumPerThread minimum: Int = 1,
    _ body: (_ part: Int, _ range: Range<Int>) -> Void
  ) {
    guard count > 0 else { return }
    let units = (count + multiple - 1) / multiple
    let parts = min(threadCount, units, max(1, count / max(1, minimum)))
    let range = { part in Self.range(part, of: parts, units: units, multiple: multiple, count: count) }
    guard parts > 1, isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      // Somebody else has the threads: the same parts one after the other, so that the result is the same.
      for part in 0..<parts { body(part, range(part)) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let job = Job(body: body)
      for part in 1..<parts {
        workers[part - 1].start(job, part: part, on: range(part))
      }
      body(0, range(0))
      for part in 1..<parts where workers[part - 1].withdraw() { body(part, range(part)) }
      for part in 1..<parts { workers[part - 1].wait() }
    }
    isBusy.store(false, ordering: .releasing)
  }

  /// Calls `body` with contiguous ranges that cover `0..<count`, each taken by the thread that is free: three
  /// quarters of an equal share of what is left at a time, so that threads of unequal speed end together.
  ///
  /// Which ranges there are depends on timing: for bodies whose elements are independent alone.
  /// - Parameters:
  ///   - multiple: every range but the last begins and ends at a multiple of it.
  ///   - minimum: the least number of elements that is worth taking.
  package func forEachFreeRange(
    of count: Int, multipleOf multiple: Int = 1, minimum: Int = 1, _ body: (Range<Int>) -> Void
  ) {
    let parts = min(threadCount, count / max(minimum, multiple))
    guard parts > 1 else {
      if count > 0 { body(0..<count) }
      return
    }
    let next = Atomic<Int>(0)
    forEachRange(of: parts) { _ in
      while let range = Self.take(from: next, count: count, parts: parts, multiple: multiple, minimum: minimum) {
        body(range)
      }
    }
  }

  private static func take(
    from next: borrowing Atomic<Int>, count: Int, parts: Int, multiple: Int, minimum: Int
  ) -> Range<Int>? {
    var first = next.load(ordering: .relaxed)
    while first < count {
      let share = max(minimum, (count - first) * 3 / (4 * parts))
      let last = min(count, first + (share + multiple - 1) / multiple * multiple)
      let (taken, found) = next.compareExchange(expected: first, desired: last, ordering: .relaxed)
      if taken { return first..<last }
      first = found
    }
    return nil
  }

  private static func range(_ part: Int, of parts: Int, units: Int, multiple: Int, count: Int) -> Range<Int> {
    let lower = part * units / parts * multiple
    let upper = (part + 1) * units / parts * multiple
    return min(lower, count)..<min(upper, count)
  }
}

/// A loop body on its way to another thread, which is done with it before the loop returns.
private struct Job: @unchecked Sendable {
  let body: (Int, Range<Int>) -> Void
}

/// One thread that spins for a while for its next range and then sleeps.
///
/// `@unchecked Sendable`: `job`, `part` and `range` belong to the owner while the state is idle and to the thread while it
/// is working; who changes the state from posted, with one atomic exchange, has them next.
private final class Worker: @unchecked Sendable {
  private enum State {
    static let idle = 0
    /// There is a job that the thread has not taken yet.
    static let posted = 1
    static let working = 2
    static let stopping = 3
  }

  /// Tens of microseconds, longer than the serial gap between two parallel loops: to wake a thread takes as long.
  private static let spinCount = 2000

  private let state = Atomic<Int>(State.idle)
  private let isAsleep = Atomic<Bool>(false)
  private var job: Job?
  private var part = 0
  private var range = 0..<0
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    let context = Unmanaged.passRetained(self).toOpaque()
    #if canImport(Glibc)
      var thread = pthread_t()
    #else
      var thread: pthread_t?
    #endif
    let status = pthread_create(&thread, nil, workerMain, context)
    guard status == 0 else {
      UnsurvivableFailure.end("the system refuses a thread more: \(String(cString: strerror(status)))")
    }
    #if canImport(Glibc)
      pthread_detach(thread)
    #else
      if let thread { pthread_detach(thread) }
    #endif
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func start(_ job: Job, part: Int, on range: Range<Int>) {
    self.job = job
    self.part = part
    self.range = range
    signal(State.posted)
  }

  /// Takes back a job that the thread has not begun: it may be asleep, or without a processor.
  /// - Returns: whether the job is the caller's now.
  func withdraw() -> Bool {
    let (isMine, _) = state.compareExchange(
      expected: State.posted, desired: State.idle, ordering: .acquiringAndReleasing)
    if isMine { job = nil }
    return isMine
  }

  func wait() {
    var spins = 0
    while state.load(ordering: .acquiring) != State.idle {
      spins += 1
      if spins > Self.spinCount { sched_yield() } else { bitnet_pause() }
    }
  }

  func stop() { signal(State.stopping) }

  private func signal(_ newState: Int) {
    state.store(newState, ordering: .sequentiallyConsistent)
    guard isAsleep.load(ordering: .sequentiallyConsistent) else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  fileprivate func run() {
    while true {
      if waitForWork() == State.stopping { return }
      let (taken, _) = state.compareExchange(
        expected: State.posted, desired: State.working, ordering: .acquiringAndReleasing)
      guard taken else { continue }
      job?.body(part, range)
      job = nil
      state.store(State.idle, ordering: .releasing)
    }
  }

  private func waitForWork() -> Int {
    for _ in 0..<Self.spinCount {
      let seen = state.load(ordering: .acquiring)
      if seen != State.idle { return seen }
      bitnet_pause()
    }
    pthread_mutex_lock(mutex)
    isAsleep.store(true, ordering: .sequentiallyConsistent)
    var seen = state.load(ordering: .sequentiallyConsistent)
    while seen == State.idle {
      pthread_cond_wait(condition, mutex)
      seen = state.load(ordering: .sequentiallyConsistent)
    }
    isAsleep.store(false, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return seen
  }
}

private func workerMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let context else { return nil }
  let worker = Unmanaged<Worker>.fromOpaque(context).takeRetainedValue()
  // A loop inside a loop must not wake the threads of yet another pool.
  ThreadPool.$current.withValue(.serial) { worker.run() }
  return nil
}
