import FileFormats
import Foundation
import Synchronization

/// Where a fuzzing process stands, in memory that outlives it: it lies in a file that the watching process maps too.
final class Progress: Sendable {
  private enum Slot: Int {
    case number, form, began, accepted, refused, slowest, peakMemory
    static let count = 7
  }

  private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<Int>>
  private static let byteCount = Slot.count * MemoryLayout<Atomic<Int>>.stride

  /// - Parameter url: the file; what it holds already goes on.
  init(_ url: URL) throws {
    let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError.systemCall("create this file", path: url.path) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, off_t(Self.byteCount)) == 0,
      let memory = mmap(nil, Self.byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
    else { throw FileError.systemCall("map into memory", path: url.path) }
    slots = memory.bindMemory(to: Atomic<Int>.self, capacity: Slot.count)
  }

  deinit { munmap(slots, Self.byteCount) }

  private subscript(slot: Slot) -> Int {
    get { slots[slot.rawValue].load(ordering: .relaxed) }
    set { slots[slot.rawValue].store(newValue, ordering: .relaxed) }
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }

  /// The input that is being read, or was read last.
  var number: Int { self[.number] }
  var form: Int { self[.form] }
  var accepted: Int { self[.accepted] }
  var refused: Int { self[.refused] }
  var slowest: Duration { .nanoseconds(self[.slowest]) }
  var peakMemory: Int { self[.peakMemory] }

  /// How long the present input has been read; nil between inputs.
  var elapsed: Duration? {
    let began = self[.began]
    return began > 0 ? .nanoseconds(Self.now() - began) : nil
  }

  func begin(_ number: Int, form: Int) {
    self[.number] = number
    self[.form] = form
    self[.began] = Self.now()
  }

  func end(accepted: Bool, peakMemory: Int) {
    self[.slowest] = max(self[.slowest], Self.now() - self[.began])
    self[.peakMemory] = max(self[.peakMemory], peakMemory)
    self[.began] = 0
    if accepted { self[.accepted] += 1 } else { self[.refused] += 1 }
  }

  /// After the end of a process in the middle of an input.
  func abandon() { self[.began] = 0 }
}
