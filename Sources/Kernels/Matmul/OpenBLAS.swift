#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// OpenBLAS, loaded by the program instead of by the linker.
///
/// While it is loaded it reads its environment variables, starts a thread per processor, and asks for 128 MB of addresses
/// in a loop that has no end where they are refused. Linked, it would do so in front of `main`, in programs that multiply
/// nothing, too.
final class OpenBLAS: Sendable {
  /// Arguments as in `cblas_sgemm`; enumerations are `Int32`.
  typealias MultiplyFloats =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>, Int32, Float,
      UnsafeMutablePointer<Float>, Int32
    ) -> Void

  static let rowMajor: Int32 = 101
  static let (plain, transposed): (Int32, Int32) = (111, 112)

  static let missing =
    "OpenBLAS, which multiplies float32 matrices, is not installed. On Debian: apt-get install libopenblas0; on macOS: "
    + "brew install openblas"

  /// Nil where it is not installed.
  static let shared = load()

  let coreName: String
  let configuration: String
  let multiplyFloats: MultiplyFloats
  private let library: Library
  /// Threads whose working memory has been asked for.
  private let preparedCallers = SystemMutex(0)

  private init?(_ library: Library) {
    guard let multiply = library.function("cblas_sgemm") else { return nil }
    self.library = library
    multiplyFloats = unsafeBitCast(multiply, to: MultiplyFloats.self)
    coreName = library.text("openblas_get_corename") ?? "unknown"
    configuration = library.text("openblas_get_config") ?? "unknown"
  }

  /// Makes sure that so many threads can multiply at once: each takes a working memory on its first call, and keeps it.
  func prepare(callers: Int) {
    preparedCallers.withLock { prepared in
      guard callers > prepared else { return }
      MemoryLimit.requireAddresses((callers - prepared) * Self.workingMemory, for: "OpenBLAS")
      library.takeWorkingMemory(callers: callers)
      prepared = callers
    }
  }

  /// Addresses, of which a fraction is ever touched. What builds of OpenBLAS take differs, and none says it.
  private static let workingMemory = 136 << 20
}

// MARK: - Loading

extension OpenBLAS {
  /// Once more with better kernels where it chose slow ones.
  private static func load() -> OpenBLAS? {
    // Its threads are never used: how products are cut is ours to say.
    setenv("OPENBLAS_NUM_THREADS", "1", 1)
    MemoryLimit.requireAddresses(workingMemory, for: "OpenBLAS")
    guard let library = Library(), let first = OpenBLAS(library) else { return nil }
    // A variable that is set is the user's choice.
    guard getenv(BLASLibrary.environmentVariable) == nil, let core = BLASLibrary.fasterCore(than: first.coreName)
    else { return first }
    library.close()
    setenv(BLASLibrary.environmentVariable, core, 1)
    return Library().flatMap(OpenBLAS.init)
  }

  private struct Library: @unchecked Sendable {
    #if os(Linux)
      private static let names = ["libopenblas.so.0", "libopenblas.so"]
    #else
      private static let names = ["/opt/homebrew", "/usr/local"].map { $0 + "/opt/openblas/lib/libopenblas.dylib" }
    #endif

    private let handle: UnsafeMutableRawPointer

    init?() {
      guard let handle = Self.names.lazy.compactMap({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }).first else { return nil }
      self.handle = handle
    }

    func close() { dlclose(handle) }

    func function(_ name: String) -> UnsafeMutableRawPointer? { dlsym(handle, name) }

    func text(_ name: String) -> String? {
      typealias Read = @convention(c) () -> UnsafePointer<CChar>?
      return function(name).flatMap { unsafeBitCast($0, to: Read.self)() }.map { String(cString: $0) }
    }

    /// What it has taken once it hands out again. Builds that do not export these functions take it when they need it.
    func takeWorkingMemory(callers: Int) {
      typealias Take = @convention(c) (Int32) -> UnsafeMutableRawPointer?
      typealias Free = @convention(c) (UnsafeMutableRawPointer?) -> Void
      guard let take = function("blas_memory_alloc"), let free = function("blas_memory_free") else { return }
      let blocks = (0..<callers).map { _ in unsafeBitCast(take, to: Take.self)(0) }
      for block in blocks { unsafeBitCast(free, to: Free.self)(block) }
    }
  }
}
