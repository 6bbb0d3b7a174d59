import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

enum ProcessorProbe {
  /// What the processor calls itself; nil when the system does not tell.
  static func modelName() -> String? {
    #if os(Linux)
      // x86 names the model; Arm only in some kernels.
      let names: Set<String> = ["model name", "Model", "Hardware"]
      return SystemFile.fields("/proc/cpuinfo").first { names.contains($0.name) }?.value
    #else
      return SystemControl.string("machdep.cpu.brand_string")
    #endif
  }
}

/// Bytes of memory; nil where the system does not tell.
struct MemoryProbe {
  let total: Int?
  let available: Int?

  static func read() -> MemoryProbe {
    #if os(Linux)
      let fields = SystemFile.fields("/proc/meminfo")
      func bytes(_ name: String) -> Int? {
        let value = fields.first { $0.name == name }?.value.split(separator: " ").first
        return value.flatMap { Int($0) }.map { $0 * 1024 }
      }
      return MemoryProbe(total: bytes("MemTotal"), available: bytes("MemAvailable"))
    #else
      // Darwin counts most of the memory it could free as used: no figure here is better than a wrong one.
      return MemoryProbe(total: Int(ProcessInfo.processInfo.physicalMemory), available: nil)
    #endif
  }
}

#if os(Linux)
  private enum SystemFile {
    /// The `name: value` lines of a file in /proc.
    static func fields(_ path: String) -> [(name: String, value: String)] {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").compactMap { line in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (
          line[..<colon].trimmingCharacters(in: .whitespaces),
          line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        )
      }
    }
  }
#else
  private enum SystemControl {
    static func string(_ name: String) -> String? {
      var size = 0
      guard sysctlbyname(name, nil, &size, nil, 0) == 0, size > 0 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
#endif
