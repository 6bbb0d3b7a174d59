import Architectures
import Export
import FileFormats
import Kernels
import Testing

/// Which architecture of other programs computes a model.
@Suite struct GGUFArchitectureTests {
  @Test func architecturesAreChosenByActivation() {
    #expect(GGUFArchitecture(.silu) == .bitnet)
    #expect(GGUFArchitecture(.relu2) == .bitnetB158)
    for activation in [Activation.gelu, .geluTanh, .relu] { #expect(GGUFArchitecture(activation) == nil) }
  }

  @Test func activationsWithoutAnArchitectureAreRefusedByName() throws {
    let model = RandomModels.configuration(activation: .geluTanh)
    let error = try #require(throws: ExportError.self) {
      _ = try GGUFExport(
        source: RandomExportSource(model, seed: 1), type: .float16, headType: .float16, tokenizerMetadata: [])
    }
    #expect(error == .activation("gelu_pytorch_tanh"))
    #expect("\(error)".contains("gelu_pytorch_tanh; expected silu (bitnet), relu2 (bitnet-b1.58)"))
  }
}
