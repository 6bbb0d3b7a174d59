import Architectures
import FileFormats
import Kernels

extension GGUFExport {
  /// All keys that readers of the architecture ask for, and the numerics of training.
  package var metadata: GGUFMetadata {
    let model = source.architecture
    let name = architecture.rawValue
    func number(_ key: String, _ value: Int) -> GGUFMetadata.Entry {
      GGUFMetadata.Entry(key: "\(name).\(key)", value: .uint32(UInt32(clamping: value)))
    }
    func text(_ key: String, _ value: String) -> GGUFMetadata.Entry {
      GGUFMetadata.Entry(key: key, value: .string(value))
    }
    let general = [
      text("general.architecture", name), text("general.type", "model"),
      GGUFMetadata.Entry(key: "general.file_type", value: .uint32(type.fileType)),
      GGUFMetadata.Entry(key: "general.quantization_version", value: .uint32(2)),
    ]
    let shape =
      [
        number("context_length", model.maximumPositionEmbeddings), number("embedding_length", model.hiddenSize),
        number("block_count", model.hiddenLayerCount), number("feed_forward_length", model.intermediateSize),
        number("attention.head_count", model.attentionHeadCount),
        number("attention.head_count_kv", model.keyValueHeadCount),
        GGUFMetadata.Entry(
          key: "\(name).attention.layer_norm_rms_epsilon", value: .float32(Float(model.rmsNormEpsilon))),
        GGUFMetadata.Entry(key: "\(name).rope.freq_base", value: .float32(Float(model.ropeTheta))),
        number("rope.dimension_count", model.headDimension), number("vocab_size", model.vocabularySize),
      ]
      + (model.querySize == model.hiddenSize
        ? [] : ["attention.key_length", "attention.value_length"].map { number($0, model.headDimension) })
    let scaling: [GGUFMetadata.Entry] =
      if case .linear(let factor) = model.ropeScaling {
        [
          text("\(name).rope.scaling.type", "linear"),
          GGUFMetadata.Entry(key: "\(name).rope.scaling.factor", value: .float32(Float(factor))),
        ]
      } else {
        []
      }
    let numerics = [
      text(Architecture.ggufQuantizationKey, model.bitLinear.weightQuantization.rawValue),
      text(Architecture.ggufScaleKey, model.bitLinear.scaleDataType.rawValue),
    ]
    return GGUFMetadata(general + shape + scaling + numerics + tokenizerMetadata)
  }
}

extension GGUFTensorType {
  /// ggml's number for files whose matrices mostly have this type.
  fileprivate var fileType: UInt32 {
    switch self {
    case .float32: 0
    case .float16: 1
    case .q4_0: 2
    case .q4_1: 3
    case .q8_0: 7
    case .q5_0: 8
    case .q5_1: 9
    case .q2_k: 10
    case .q3_k: 12
    case .q4_k: 15
    case .q5_k: 17
    case .q6_k: 18
    case .bfloat16: 32
    case .tq1_0: 36
    case .tq2_0: 37
    case .i2_s: 40
    }
  }
}
