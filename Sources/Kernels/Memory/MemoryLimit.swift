import CKernels
import Foundation

/// How much memory this process may have.
package enum MemoryLimit {
  /// Bytes of address space (`ulimit -v`); nil where there is no limit.
  package static var addressSpace: Int? {
    var limit = rlimit()
    #if canImport(Glibc)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      let status = getrlimit(RLIMIT_AS, &limit)
    #endif
    guard status == 0, limit.rlim_cur < rlim_t(Int64.max) else { return nil }
    return Int(limit.rlim_cur)
  }

  /// Bytes that the container allows its processes together (cgroup v2, then v1); nil where there is no limit.
  package static var container: Int? {
    let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    let limits = files.lazy.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }
      .compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    return limits.first { $0 < 1 << 60 }
  }

  /// The least of these and of what the machine has.
  package static var bytes: Int {
    [Int(ProcessInfo.processInfo.physicalMemory), addressSpace, container].compactMap(\.self).reduce(.max, min)
  }

  /// Keeps the allocator from reserving 64 MB of addresses for every thread where they are limited: what then fails is an
  /// allocation within a library that does not survive it. To be called before there are threads.
  package static func shareAllocatorWhereLimited() {
    if addressSpace != nil { bitnet_share_allocator() }
  }

  /// Ends the program where so many are not to be had: for libraries that do not survive a refusal themselves.
  package static func requireAddresses(_ byteCount: Int, for user: String) {
    guard let limit = addressSpace else { return }
    let probe = mmap(nil, byteCount, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard probe != MAP_FAILED else {
      UnsurvivableFailure.end(
        "out of memory: \(user) needs \(byteCount >> 20) MB of addresses more, and this process may have "
          + "\(limit >> 20) MB in all. Raise the limit (ulimit -v), or use fewer threads (--threads 1)")
    }
    munmap(probe, byteCount)
  }
}
