import Architectures
import Kernels

/// What Hugging Face's transformers makes of a folder.
struct TransformersNotes {
  let architecture: Architecture
  let form: HuggingFaceForm

  var lines: [String] {
    guard architecture.writtenClass != .own else {
      return ["transformers: does not load it; none of its classes computes this model (\(reasons))"]
    }
    switch architecture.bitLinear.weightQuantization {
    case .none: return ["transformers: loads it"]
    case .sign:
      return [
        "transformers: loads it in full precision, with other logits; it has no binary weights (weight_quant: sign)"
      ]
    case .absmean: return ["transformers: loads it, with accelerate" + roundingOfScales]
    }
  }

  private var reasons: String {
    let classes: [HuggingFaceClass] = [.bitnet, .llama, .qwen2, .qwen3]
    return classes.compactMap { named in named.difference(from: architecture).map { "\(named.rawValue) \($0)" } }
      .joined(separator: "; ")
  }

  private var roundingOfScales: String {
    if form.isPacked {
      return form.scaleFormat == form.format
        ? "" : "; in dtype \(form.format.huggingFaceName) it rounds the scales, in float32 it does not"
    }
    return architecture.bitLinear.scaleDataType == .float16
      ? "; it does not round its scales to float16, so logits differ a little. --type packed has the scales of training"
      : ""
  }
}
