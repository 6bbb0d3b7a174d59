import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An implementation of the inner loops, named after the instruction set it needs.
public enum KernelPath: String, CaseIterable, Sendable {
  case portable
  case avx2
  /// AVX-512 with F, BW, VL and VNNI.
  case avx512
  /// AVX-512 with BF16 and VBMI too, with matrix products on Intel's tile unit.
  case amx

  /// The environment variable that forces a path.
  public static let environmentVariable = "BITNET_KERNELS"

  /// The paths this machine (processor and operating system) can run, slowest first.
  public static var available: [KernelPath] { allCases.filter { $0.table != nil } }

  /// The path kernels use; `$current.withValue(path) { … }` replaces it for a scope.
  @TaskLocal public static var current = selectedAtStart

  private static let selectedAtStart: KernelPath =
    switch selection {
    case .success(let path): path
    case .failure: available.last ?? .portable
    }

  /// The path that the environment and the machine ask for. A program checks it once, before it starts to work.
  public static var selection: Result<KernelPath, KernelPathError> {
    guard let value = getenv(environmentVariable) else { return .success(available.last ?? .portable) }
    let name = String(cString: value)
    guard let path = KernelPath(rawValue: name) else { return .failure(.unknown(name)) }
    return path.table == nil ? .failure(.unsupported(path)) : .success(path)
  }

  /// Asking the processor takes microseconds, so it is asked once. Never written: function pointers and constants.
  nonisolated(unsafe) private static let tables: [bitnet_kernels?] = allCases.map { path in
    switch path {
    case .portable: bitnet_kernels_portable()?.pointee
    case .avx2: bitnet_kernels_avx2()?.pointee
    case .avx512: bitnet_kernels_avx512()?.pointee
    case .amx: bitnet_kernels_amx()?.pointee
    }
  }

  private var index: Int {
    switch self {
    case .portable: 0
    case .avx2: 1
    case .avx512: 2
    case .amx: 3
    }
  }

  fileprivate var table: bitnet_kernels? { Self.tables[index] }
}

/// A kernel path was forced that cannot be used.
public enum KernelPathError: Error, Equatable, CustomStringConvertible {
  case unknown(String)
  case unsupported(KernelPath)

  public var description: String {
    let usable = KernelPath.available.map(\.rawValue).joined(separator: ", ")
    let variable = KernelPath.environmentVariable
    switch self {
    case .unknown(let name):
      return "\(variable)=\(name) names no kernel path; expected one of \(usable) on this machine"
    case .unsupported(let path):
      return "\(variable)=\(path.rawValue) needs instructions this machine does not have; use one of \(usable)"
    }
  }
}

/// The table of the current path.
package enum KernelTable {
  package static var current: bitnet_kernels {
    guard let table = KernelPath.current.table else {
      fatalError("kernel path \(KernelPath.current.rawValue) is not available on this machine")
    }
    return table
  }
}

/// The instruction sets that processor and operating system offer.
public struct ProcessorFeatures: Equatable, Sendable {
  /// Names of the features found, such as `avx2` or `avx512_vnni`.
  public let names: [String]

  public static let detected: ProcessorFeatures = {
    let cpu = bitnet_detect_cpu()
    let all: [(String, Int32)] = [
      ("avx2", cpu.avx2), ("fma", cpu.fma), ("f16c", cpu.f16c), ("avx512f", cpu.avx512f), ("avx512bw", cpu.avx512bw),
      ("avx512vl", cpu.avx512vl), ("avx512_vnni", cpu.avx512_vnni), ("avx512_vbmi", cpu.avx512_vbmi),
      ("avx512_bf16", cpu.avx512_bf16), ("amx", KernelPath.available.contains(.amx) ? 1 : 0), ("sha256", cpu.sha256),
      ("neon", cpu.neon),
    ]
    return ProcessorFeatures(names: all.filter { $0.1 != 0 }.map(\.0))
  }()
}
