import Architectures
import Autograd
import Kernels
import Training

/// A module with the parameters of a tiny BitNet model, of which a small language model uses three: embedding, one
/// matrix, one norm gain. The others never get a gradient.
final class ToyModel: Module {
  static let configuration = Architecture(
    vocabularySize: 16, hiddenSize: 8, hiddenLayerCount: 1, attentionHeadCount: 2, keyValueHeadCount: 2,
    intermediateSize: 12)

  let configuration: Architecture
  private let entries: [(name: String, parameter: Parameter)]

  init(_ configuration: Architecture = ToyModel.configuration, seed: UInt64 = 1) {
    self.configuration = configuration
    entries = configuration.parameters.enumerated().map { index, description in
      var random = RandomStream(seed: seed, purpose: .initialization, substream: UInt64(index))
      let isNorm = description.isNorm
      let values = (0..<description.elementCount).map { _ in isNorm ? 1 : random.nextUniform() - 0.5 }
      let role: Parameter.Role = isNorm ? .norm : description.role == .embedding ? .embedding : .matrix
      return (description.name, Parameter(Tensor(values, shape: Shape(description.shape)), role: role))
    }
  }

  func collectParameters(into list: inout ParameterList) {
    for (name, parameter) in entries { list.add(name, parameter) }
  }

  func parameter(_ suffix: String) -> Parameter {
    entries.first { $0.name.hasSuffix(suffix) }!.parameter
  }

  /// The bytes of all parameters, one after the other.
  var bytes: [UInt8] {
    entries.flatMap { _, parameter -> [UInt8] in
      let count = parameter.shape.count * parameter.value.dataType.byteCount
      return Array(UnsafeRawBufferPointer(start: parameter.value.storage.pointer, count: count))
    }
  }

  /// The summed loss of predicting each target from its input alone.
  func loss(_ inputs: [Int32], _ targets: [Int32]) -> Tensor {
    let embedding = parameter("embed_tokens.weight").tensor.float32
    let hidden = embedding.indexSelect(inputs).matmul(parameter("q_proj.weight").tensor.float32).silu()
    let logits = (hidden * parameter("model.norm.weight").tensor.float32).matmul(embedding.transposed())
    return logits.logSoftmax().gather(targets).sum() * -1
  }
}

extension ToyModel: TernaryCensusSource {
  func forEachTernaryMatrix(_ body: (TernaryMatrixCodes) throws -> Void) rethrows {
    let value = parameter("q_proj.weight").value.scalars
    let scale = value.reduce(0) { $0 + abs($1) } / Float(value.count)
    let codes = value.map { Int8(max(-1, min(1, ($0 / scale).rounded(.toNearestOrEven)))) }
    try body(TernaryMatrixCodes(name: "q", kind: "q_proj", codes: codes, scale: scale))
  }
}

/// Sequences of 1 to 7 tokens that follow a noisy rule; sequence `n` is a function of `n` alone.
final class ToyObjective: Objective {
  let toy: ToyModel
  let sequencesPerBatch: Int
  /// Called before each micro-batch, to sabotage the model.
  var beforeMicroBatch: (Int) -> Void = { _ in }

  init(_ model: ToyModel = ToyModel(), sequencesPerBatch: Int = 4) {
    toy = model
    self.sequencesPerBatch = sequencesPerBatch
  }

  var model: any Module { toy }

  func loss(ofMicroBatch number: Int) -> MicroBatchLoss? {
    beforeMicroBatch(number)
    var (inputs, targets): ([Int32], [Int32]) = ([], [])
    for sequence in number * sequencesPerBatch..<(number + 1) * sequencesPerBatch {
      var random = RandomStream(seed: 7, purpose: .dataWindows, substream: UInt64(sequence))
      for _ in 0...random.next() % 7 {
        let token = Int32(random.next() % 16)
        inputs.append(token)
        targets.append(random.next() % 8 == 0 ? 0 : (token * 5 + 3) % 16)
      }
    }
    return MicroBatchLoss(sum: toy.loss(inputs, targets), tokenCount: inputs.count, byteCount: inputs.count)
  }
}
