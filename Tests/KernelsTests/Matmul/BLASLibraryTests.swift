import Kernels
import Testing

@Suite struct BLASLibraryTests {
  @Test func aCoreWithoutAVX512IsReplacedWhereTheProcessorHasIt() {
    let wide = ["avx2", "fma", "avx512f", "avx512bw", "avx512vl"]
    #expect(BLASLibrary.fasterCore(than: "Haswell", features: wide) == "SKYLAKEX")
    #expect(BLASLibrary.fasterCore(than: "Zen", features: wide) == "SKYLAKEX")
    for core in ["SkylakeX", "Cooperlake", "SapphireRapids"] {
      #expect(BLASLibrary.fasterCore(than: core, features: wide) == nil)
    }
    #expect(BLASLibrary.fasterCore(than: "Haswell", features: ["avx2", "fma"]) == nil)
  }
}
