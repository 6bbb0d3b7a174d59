import Foundation
import Kernels

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// OpenBLAS reads `OPENBLAS_CORETYPE` once, when it is loaded, which is before `main`.
enum FastestBLAS {
  /// Starts this program again, in the same process, when OpenBLAS has chosen kernels without AVX-512 on a processor
  /// that has it. A variable that is set already is the user's choice and stays.
  static func restartIfSlow() {
    #if os(Linux)
      let variable = BLASLibrary.environmentVariable
      guard getenv(variable) == nil, let core = BLASLibrary.fasterCore() else { return }
      setenv(variable, core, 1)
      var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
      // Returns only if it fails: then slow kernels will do.
      execv("/proc/self/exe", &arguments)
    #endif
  }
}
