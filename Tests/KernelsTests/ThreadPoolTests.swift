import Kernels
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 3, 4, 7]) func everyElementExactlyOnce(_ threadCount: Int) {
    let pool = ThreadPool(threadCount: threadCount)
    for count in [0, 1, 2, 3, 5, 7, 16, 17, 63, 64, 65, 100, 257, 1000] {
      for multiple in [1, 2, 16, 64] {
        for minimum in [1, 10, 1000] {
          let ranges = partition(pool, count, multiple, minimum)
          #expect(ranges.flatMap { Array($0) } == Array(0..<count), "count \(count), multiple \(multiple)")
          #expect(ranges.count <= threadCount)
          #expect(ranges.dropFirst().allSatisfy { $0.lowerBound % multiple == 0 })
          if ranges.count > 1 { #expect(count / ranges.count >= minimum) }
        }
      }
    }
  }

  @Test func usesAllThreadsWhenThereIsEnoughToDo() {
    let pool = ThreadPool(threadCount: 4)
    #expect(partition(pool, 64, 16, 1).map(\.count) == [16, 16, 16, 16])
    #expect(partition(pool, 10, 1, 1).count == 4)
    #expect(partition(pool, 10, 1, 6).count == 1)
    #expect(partition(pool, 3, 1, 1).count == 3)
  }

  @Test func samePartitionEveryTime() {
    let pool = ThreadPool(threadCount: 3)
    let first = partition(pool, 1001, 8, 1)
    for _ in 0..<200 { #expect(partition(pool, 1001, 8, 1) == first) }
  }

  @Test(arguments: [1, 2, 3, 5]) func freeRangesCoverEveryElementOnce(_ threadCount: Int) {
    let pool = ThreadPool(threadCount: threadCount)
    for count in [0, 1, 5, 16, 63, 257, 1000] {
      for multiple in [1, 4, 16] {
        for minimum in [1, 10, 1000] {
          let found = SystemMutex<[Range<Int>]>([])
          pool.forEachFreeRange(of: count, multipleOf: multiple, minimum: minimum) { range in
            found.withLock { $0.append(range) }
          }
          let ranges = found.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
          #expect(ranges.flatMap { Array($0) } == Array(0..<count), "count \(count), multiple \(multiple)")
          #expect(ranges.dropFirst().allSatisfy { $0.lowerBound % multiple == 0 })
          #expect(ranges.dropLast().allSatisfy { $0.count >= min(minimum, count) })
        }
      }
    }
  }

  /// One of two threads is held up until the other has taken all that is left.
  @Test func freeThreadTakesWhatASlowOneLeaves() {
    let pool = ThreadPool(threadCount: 2)
    let count = 1000
    let done = Atomic<Int>(0)
    let slow = Atomic<Int>(0)
    pool.forEachFreeRange(of: count) { range in
      if range.lowerBound == 0 {
        slow.store(range.count, ordering: .relaxed)
        wait { done.load(ordering: .acquiring) == count - range.count }
      }
      done.add(range.count, ordering: .releasing)
    }
    // Three quarters of its half.
    #expect(slow.load(ordering: .relaxed) == 375)
    #expect(done.load(ordering: .relaxed) == count)
  }

  /// Reused thousands of times without a pause, so that workers take the spinning path.
  @Test func thousandsOfLoops() {
    let pool = ThreadPool(threadCount: 3)
    let sum = Atomic<Int>(0)
    for _ in 0..<5000 {
      pool.forEachRange(of: 30) { range in sum.add(range.reduce(0, +), ordering: .relaxed) }
    }
    #expect(sum.load(ordering: .relaxed) == 5000 * 435)
  }

  private static let pauses: [UInt32] = [0, 1, 3, 10, 30, 100, 1000, 20_000, 50_000]

  /// With pauses around the time that workers take to fall asleep, and long after. No part ends before all have begun.
  @Test func sleepingWorkersWakeUp() {
    let pool = ThreadPool(threadCount: 3)
    for pause in Self.pauses {
      usleep(pause)
      let arrived = Atomic<Int>(0)
      let threads = SystemMutex<Set<Int>>([])
      pool.forEachRange(of: 3) { _ in
        threads.withLock { _ = $0.insert(pthread_self().hashValue) }
        arrived.add(1, ordering: .releasing)
        wait { arrived.load(ordering: .acquiring) == 3 }
      }
      #expect(threads.withLock { $0.count } == 3, "after \(pause) µs")
    }
  }

  /// What a sleeping thread has not begun when the caller is done, the caller does.
  @Test func everyPartRunsOnceWhoeverTakesIt() {
    let pool = ThreadPool(threadCount: 4)
    for pause in Self.pauses + Self.pauses.reversed() {
      usleep(pause)
      for _ in 0..<20 {
        let runs = (0..<4).map { _ in Runs() }
        pool.forEachPart(of: 4) { part, range in
          #expect(range == part..<part + 1)
          runs[part].count.add(1, ordering: .relaxed)
        }
        #expect(runs.map { $0.count.load(ordering: .relaxed) } == [1, 1, 1, 1], "after \(pause) µs")
      }
    }
  }

  private final class Runs: Sendable {
    let count = Atomic<Int>(0)
  }

  @Test func loopInsideALoopStaysOnItsThread() {
    let pool = ThreadPool(threadCount: 3)
    ThreadPool.$current.withValue(pool) {
      let inner = SystemMutex<[Int]>([])
      let strayed = SystemMutex(0)
      pool.forEachRange(of: 3) { _ in
        let thread = pthread_self()
        for nested in [pool, ThreadPool.current] {
          nested.forEachRange(of: 100) { range in
            inner.withLock { $0.append(range.count) }
            if pthread_equal(thread, pthread_self()) == 0 { strayed.withLock { $0 += 1 } }
          }
        }
      }
      // Two whole loops in each of three ranges.
      #expect(inner.withLock { $0.reduce(0, +) } == 600)
      #expect(strayed.withLock { $0 } == 0)
    }
  }

  @Test func twoThreadsShareOnePool() async {
    let pool = ThreadPool(threadCount: 3)
    let sums = await withTaskGroup(of: Int.self, returning: [Int].self) { group in
      for _ in 0..<2 {
        group.addTask {
          let sum = Atomic<Int>(0)
          for _ in 0..<1000 {
            pool.forEachRange(of: 99) { range in sum.add(range.reduce(0, +), ordering: .relaxed) }
          }
          return sum.load(ordering: .relaxed)
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums == [4_851_000, 4_851_000])
  }

  /// A pool that goes away stops its threads, asleep or not.
  @Test func poolsComeAndGo() {
    for round in 0..<50 {
      let pool = ThreadPool(threadCount: 3)
      if round % 2 == 0 { #expect(partition(pool, 9, 1, 1).count == 3) }
      if round % 10 == 0 { usleep(2000) }
    }
  }

  /// The ranges that a loop was cut into, in order.
  /// Lets other threads go on until `condition` holds, for a minute at most.
  private func wait(for condition: () -> Bool) {
    let end = ContinuousClock.now + .seconds(60)
    while !condition() {
      guard ContinuousClock.now < end else {
        Issue.record("another thread should have come")
        return
      }
      sched_yield()
    }
  }

  private func partition(_ pool: ThreadPool, _ count: Int, _ multiple: Int, _ minimum: Int) -> [Range<Int>] {
    let ranges = SystemMutex<[Range<Int>]>([])
    pool.forEachRange(of: count, multipleOf: multiple, minimumPerThread: minimum) { range in
      ranges.withLock { $0.append(range) }
    }
    return ranges.withLock { $0.sorted { $0.lowerBound < $1.lowerBound } }
  }
}
