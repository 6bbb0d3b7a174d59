import Architectures
import FileFormats

/// Which programs load an exported file, and where they compute something else than training did.
struct ProgramNotes {
  let architecture: GGUFArchitecture
  let type: GGUFTensorType
  let configuration: Architecture

  var lines: [String] {
    let here = "bitnet (this program): the same function, bit for bit"
    return [here] + (architecture.hiddenActivation == .relu2 ? linesOfSquaredReLU : linesOfSiLU)
  }

  private var linesOfSiLU: [String] {
    switch type {
    case .i2_s:
      [
        "bitnet.cpp on x86: loads it; int8 activations per token as in training",
        "llama.cpp, Ollama, LM Studio: do not know I2_S; use --type tq1_0 or tq2_0",
      ]
    case .tq1_0, .tq2_0: ["llama.cpp, Ollama, LM Studio: load it; \(blocks)"]
    case _ where !configuration.bitLinear.weightQuantization.isQuantizing:
      ["llama.cpp, Ollama, LM Studio: load it"]
    default: ["llama.cpp, Ollama, LM Studio, bitnet.cpp: load it; activations are not quantised to int8 there"]
    }
  }

  private var linesOfSquaredReLU: [String] {
    var lines: [String]
    switch type {
    case .i2_s:
      lines = [
        "bitnet.cpp of 2025 on x86: loads it; int8 activations per token as in training",
        "ik_llama.cpp: after llama-quantize --allow-requantize … iq2_bn; four activation scales a row",
      ]
    case .tq1_0, .tq2_0: lines = ["bitnet.cpp of 2025: loads it; \(blocks)"]
    default: lines = ["bitnet.cpp of 2025, ik_llama.cpp: load it; activations are not quantised to int8 there"]
    }
    if !configuration.tieWordEmbeddings {
      lines.append("warning: bitnet.cpp ignores the model's own head (output.weight) and multiplies with the embedding")
    }
    return lines + [
      "llama.cpp, Ollama, LM Studio: have no architecture with squared ReLU; train with hidden_act: silu"
    ]
  }

  private var blocks: String {
    let isOneBlock = configuration.hiddenSize == 256 && configuration.intermediateSize == 256
    return isOneBlock
      ? "its int8 activations in blocks of 256 are whole rows of this model, as in training"
      : "int8 activations have one scale per block of 256 there, one per token in training, so logits differ a little"
  }
}
