/// One float32 tensor of a llama2.c file.
public struct Llama2CTensor: Equatable, Sendable {
  /// As in the checkpoints that the file is made from: `layers.0.attention.wq.weight`.
  public let name: String
  /// Row-major: `[out, in]` for matrices, `[width]` for gains.
  public let shape: [Int]
  /// Where the elements lie, counted from the start of the file. A multiple of 4.
  public let byteRange: Range<Int>

  public var elementCount: Int { byteRange.count / 4 }
  /// Width of a row: the last dimension.
  public var columns: Int { shape.last ?? 1 }
  public var rows: Int { elementCount / columns }
}

/// What lies where. A kind of tensor is stored for all layers together.
struct Llama2CLayout {
  /// One run of tensors of one shape.
  private struct Run {
    let name: String
    let shape: [Int]
    /// Whether every layer has one; `name` is what follows the layer then.
    var isLayered = true
    /// What is skipped: tables that follow from the configuration.
    var isDerived = false
  }

  private let runs: [Run]
  private let layerCount: Int

  init(_ configuration: Llama2CConfiguration) {
    let (hidden, intermediate) = (configuration.hiddenSize, configuration.intermediateSize)
    let keyValue = configuration.keyValueSize
    let vocabulary = [configuration.vocabularySize, hidden]
    let rotations = [configuration.sequenceLength, configuration.headDimension / 2]
    layerCount = configuration.layerCount
    runs =
      [
        Run(name: "tok_embeddings.weight", shape: vocabulary, isLayered: false),
        Run(name: "attention_norm.weight", shape: [hidden]),
        Run(name: "attention.wq.weight", shape: [hidden, hidden]),
        Run(name: "attention.wk.weight", shape: [keyValue, hidden]),
        Run(name: "attention.wv.weight", shape: [keyValue, hidden]),
        Run(name: "attention.wo.weight", shape: [hidden, hidden]),
        Run(name: "ffn_norm.weight", shape: [hidden]),
        Run(name: "feed_forward.w1.weight", shape: [intermediate, hidden]),
        Run(name: "feed_forward.w2.weight", shape: [hidden, intermediate]),
        Run(name: "feed_forward.w3.weight", shape: [intermediate, hidden]),
        Run(name: "norm.weight", shape: [hidden], isLayered: false),
        Run(name: "freqs_cos", shape: rotations, isLayered: false, isDerived: true),
        Run(name: "freqs_sin", shape: rotations, isLayered: false, isDerived: true),
      ]
      + (configuration.tiesWordEmbeddings ? [] : [Run(name: "output.weight", shape: vocabulary, isLayered: false)])
  }

  /// Bytes of the whole file; nil when the number exceeds `Int`.
  var byteCount: Int? {
    var total = Llama2CConfiguration.byteCount
    for run in runs {
      var bytes = 4
      for factor in run.shape + [run.isLayered ? layerCount : 1] {
        let (product, overflows) = bytes.multipliedReportingOverflow(by: factor)
        guard !overflows else { return nil }
        bytes = product
      }
      let (sum, overflows) = total.addingReportingOverflow(bytes)
      guard !overflows else { return nil }
      total = sum
    }
    return total
  }

  /// In file order, without what is skipped. The file is known to have room for them.
  var tensors: [Llama2CTensor] {
    var tensors: [Llama2CTensor] = []
    var offset = Llama2CConfiguration.byteCount
    for run in runs {
      for layer in 0..<(run.isLayered ? layerCount : 1) {
        let end = offset + 4 * run.shape.reduce(1, *)
        if !run.isDerived {
          let name = run.isLayered ? "layers.\(layer).\(run.name)" : run.name
          tensors.append(Llama2CTensor(name: name, shape: run.shape, byteRange: offset..<end))
        }
        offset = end
      }
    }
    return tensors
  }
}
