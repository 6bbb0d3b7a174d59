/// The linear algebra library behind `FloatMatmul`, which is loaded when it is first asked for.
public enum BLASLibrary {
  /// The processor OpenBLAS chose its kernels for, e.g. `SkylakeX`. The choice is made when the library is loaded;
  /// the environment variable `OPENBLAS_CORETYPE` overrides it.
  public static var coreName: String { OpenBLAS.shared?.coreName ?? "unknown" }

  /// Version and build options, e.g. `OpenBLAS 0.3.21 DYNAMIC_ARCH … MAX_THREADS=64`.
  public static var configuration: String { OpenBLAS.shared?.configuration ?? "unknown" }

  /// The environment variable that overrides the choice.
  public static let environmentVariable = "OPENBLAS_CORETYPE"

  /// What to set `OPENBLAS_CORETYPE` to so that a processor with AVX-512 gets kernels that use it; nil when it does.
  ///
  /// Releases older than the processor fall back to AVX2 kernels, at half the speed.
  public static func fasterCore(
    than core: String = coreName, features: [String] = ProcessorFeatures.detected.names
  ) -> String? {
    let hasAVX512 = ["avx512f", "avx512bw", "avx512vl"].allSatisfy(features.contains)
    return hasAVX512 && ["Haswell", "Zen"].contains(core) ? "SKYLAKEX" : nil
  }
}
