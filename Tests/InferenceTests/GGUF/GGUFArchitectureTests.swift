import Architectures
import FileFormats
import Kernels
import Testing

/// Which architecture of other programs computes a model.
@Suite struct GGUFArchitectureTests {
  @Test func architecturesAreChosenByActivation() throws {
    #expect(try GGUFArchitecture(RandomModels.configuration(activation: .silu)) == .bitnet)
    #expect(try GGUFArchitecture(RandomModels.configuration(activation: .relu2)) == .bitnetB158)
  }

  /// llama.cpp counts the tensors of a file, and wants these heads so.
  @Test func headsThatLlamaCppDoesNotKnowAreRefused() throws {
    let olmo = RandomModels.configuration(activation: .silu, tied: true, quantization: .none, subNorms: .output)
    let error = try #require(throws: GGUFArchitectureError.self) { try GGUFArchitecture(olmo) }
    #expect("\(error)".contains("olmo2 knows only separate heads"), "\(error)")
    var separate = olmo
    separate.tieWordEmbeddings = false
    #expect(try GGUFArchitecture(separate) == .olmo2)
  }

  @Test(arguments: [Activation.gelu, .geluTanh, .relu])
  func activationsWithoutAnArchitectureAreRefusedByName(_ activation: Activation) throws {
    let error = try #require(throws: GGUFArchitectureError.self) {
      try GGUFArchitecture(RandomModels.configuration(activation: activation))
    }
    #expect("\(error)".contains("bitnet has the activation silu, the model \(activation.rawValue)"), "\(error)")
  }
}
