import COpenBLAS

/// The linear algebra library behind `FloatMatmul`.
public enum BLASLibrary {
  /// The processor OpenBLAS chose its kernels for, e.g. `SkylakeX`. The choice is made when the library is loaded;
  /// the environment variable `OPENBLAS_CORETYPE` overrides it.
  public static var coreName: String { openblas_get_corename().map { String(cString: $0) } ?? "unknown" }

  /// Version and build options, e.g. `OpenBLAS 0.3.21 DYNAMIC_ARCH … MAX_THREADS=64`.
  public static var configuration: String { openblas_get_config().map { String(cString: $0) } ?? "unknown" }
}
