import Architectures
import FileFormats

/// Which programs load an exported file, and where they compute something else than training did.
struct ProgramNotes {
  let architecture: GGUFArchitecture
  let type: GGUFTensorType
  let configuration: Architecture

  var lines: [String] {
    var lines = ["bitnet (this program): the same function, bit for bit"]
    switch (architecture, type) {
    case (.bitnet, .tq1_0), (.bitnet, .tq2_0):
      lines.append("llama.cpp, Ollama, LM Studio: load it; \(blocks)")
    case (.bitnet, .i2_s):
      lines.append("bitnet.cpp on x86: loads it; int8 activations per token as in training")
      lines.append("llama.cpp, Ollama, LM Studio: do not know I2_S; use --type tq1_0 or tq2_0")
    case (.bitnet, _):
      lines.append("llama.cpp, Ollama, LM Studio, bitnet.cpp: load it; activations are not quantised to int8 there")
    case (_, .i2_s):
      lines.append("bitnet.cpp of 2025 on x86: loads it; int8 activations per token as in training")
      lines.append("ik_llama.cpp: after llama-quantize --allow-requantize … iq2_bn; four activation scales a row")
    case (_, .tq1_0), (_, .tq2_0):
      lines.append("bitnet.cpp of 2025: loads it; \(blocks)")
    case (_, _):
      lines.append("bitnet.cpp of 2025, ik_llama.cpp: load it; activations are not quantised to int8 there")
    }
    if !configuration.tieWordEmbeddings {
      // Only architectures of squared ReLU get as far as this with a head of their own.
      lines.append("warning: bitnet.cpp ignores the model's own head (output.weight) and multiplies with the embedding")
    }
    if architecture != .bitnet {
      lines.append("llama.cpp, Ollama, LM Studio: have no architecture with squared ReLU; train with hidden_act: silu")
    }
    return lines
  }

  private var blocks: String {
    let isOneBlock = configuration.hiddenSize == 256 && configuration.intermediateSize == 256
    return isOneBlock
      ? "its int8 activations in blocks of 256 are whole rows of this model, as in training"
      : "int8 activations have one scale per block of 256 there, one per token in training, so logits differ a little"
  }
}
