import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where elements lie between the two inaccessible pages of a `GuardedBuffer`.
enum Placement: Hashable, CaseIterable {
  /// The last element ends at an inaccessible page: reading or writing beyond it crashes.
  case beforeGuard
  /// The first element follows an inaccessible page: touching anything in front of it crashes.
  case afterGuard
  /// One or three elements behind the inaccessible page: aligned to the element only.
  case shiftedByOne, shiftedByThree

  fileprivate var shift: Int? {
    switch self {
    case .beforeGuard: nil
    case .afterGuard: 0
    case .shiftedByOne: 1
    case .shiftedByThree: 3
    }
  }
}

protocol GuardedMemory {
  /// Whether everything around the elements is as it was.
  var isIntactAround: Bool { get }
}

/// Expects that a kernel wrote to the elements only. Also keeps the buffers alive until it is done.
func expectIntact(_ buffers: any GuardedMemory..., sourceLocation: SourceLocation = #_sourceLocation) {
  for (index, buffer) in buffers.enumerated() {
    #expect(buffer.isIntactAround, "written outside of buffer \(index)", sourceLocation: sourceLocation)
  }
}

/// Elements between two inaccessible pages; all other bytes hold a pattern that must survive.
final class GuardedBuffer<Element: BitwiseCopyable>: GuardedMemory {
  let pointer: UnsafeMutablePointer<Element>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int
  private let accessible: UnsafeMutableRawBufferPointer
  private let offset: Int
  private static var pattern: UInt8 { 0xA5 }

  init(_ elements: [Element], _ placement: Placement = .beforeGuard) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let width = MemoryLayout<Element>.stride
    let bytes = elements.count * width
    let accessibleBytes = (bytes + 3 * width + page - 1) / page * page
    count = elements.count
    mappedBytes = accessibleBytes + 2 * page
    guard
      let memory = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      memory != MAP_FAILED, mprotect(memory, page, PROT_NONE) == 0,
      mprotect(memory + page + accessibleBytes, page, PROT_NONE) == 0
    else { preconditionFailure("the system refused guarded memory") }
    mapping = memory
    accessible = UnsafeMutableRawBufferPointer(start: memory + page, count: accessibleBytes)
    memset(memory + page, Int32(Self.pattern), accessibleBytes)
    offset = placement.shift.map { $0 * width } ?? accessibleBytes - bytes
    pointer = (memory + page + offset).bindMemory(to: Element.self, capacity: max(1, count))
    pointer.update(from: elements, count: count)
  }

  convenience init(repeating element: Element, count: Int, _ placement: Placement = .beforeGuard) {
    self.init(Array(repeating: element, count: count), placement)
  }

  deinit { munmap(mapping, mappedBytes) }

  var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  var isIntactAround: Bool {
    let end = offset + count * MemoryLayout<Element>.stride
    return accessible[..<offset].allSatisfy { $0 == Self.pattern }
      && accessible[end...].allSatisfy { $0 == Self.pattern }
  }
}
