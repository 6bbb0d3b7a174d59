#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the operating system says this process uses.
public enum ProcessMemory {
  /// The most resident memory so far, in bytes.
  public static var peakResidentBytes: Int {
    var usage = rusage()
    #if canImport(Glibc)
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }

  /// Resident memory now, in bytes; the peak where the system does not tell.
  public static var residentBytes: Int {
    #if os(Linux)
      guard let file = fopen("/proc/self/statm", "r") else { return peakResidentBytes }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 256)
      guard fgets(&line, Int32(line.count), file) != nil else { return peakResidentBytes }
      // Total size, then resident set, in pages.
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let fields = text.split(separator: " ")
      guard fields.count > 1, let pages = Int(fields[1]) else { return peakResidentBytes }
      return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    #else
      return peakResidentBytes
    #endif
  }
}
