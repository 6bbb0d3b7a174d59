import Architectures
import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

/// What reloading a packed file and comparing it with its source found.
package struct ParityReport: Equatable, Sendable {
  /// Codes and scales that are not equal, over all matrices.
  package var codesDifferent = 0
  package var scalesDifferent = 0
  package var maximumLogitDifference: Float = 0
  /// Summed negative log-likelihood of the probe's tokens.
  package var trainedNats = 0.0
  package var packedNats = 0.0
  package var tokens = 0
  /// Of the text that the tokens stand for.
  package var bytes = 0

  package var trainedBitsPerByte: Double { trainedNats / log(2) / Double(bytes) }
  package var packedBitsPerByte: Double { packedNats / log(2) / Double(bytes) }

  /// - Parameter isHeadRounded: the head was stored with fewer digits, on request; logits then differ.
  package func holds(isHeadRounded: Bool) -> Bool {
    let weightsEqual = codesDifferent == 0 && scalesDifferent == 0 && packedNats.isFinite
    return weightsEqual && (isHeadRounded || (maximumLogitDifference == 0 && trainedNats == packedNats))
  }
}

/// Compares a packed file with what it was made from: every code, and the logits on a probe text.
package struct ParityProof {
  /// Logits of the source that are kept for comparison, in numbers; later windows compare their loss only.
  private static let logitLimit = 1 << 24

  /// Windows of tokens, and the token that follows each of them.
  package let probe: [(inputs: [Int32], targets: [Int32])]

  /// How many bytes of text a token stands for.
  private let byteCount: (Int32) -> Int

  /// - Parameter byteCount: how many bytes of text a token stands for; 1 where the vocabulary is not known.
  package init(probe: [(inputs: [Int32], targets: [Int32])], byteCount: @escaping (Int32) -> Int = { _ in 1 }) {
    self.probe = probe
    self.byteCount = byteCount
  }

  package func compare(
    _ source: any ModelWeights, model: () throws -> RuntimeModel, packed file: GGUFFile
  ) throws -> ParityReport {
    try compare(source, model: model, packed: GGUFModel(file))
  }

  /// - Parameter tokenizer: nil where the vocabulary is not known.
  package init(probe: [(inputs: [Int32], targets: [Int32])], tokenizer: (any Tokenizer)?) {
    self.init(probe: probe) { token in tokenizer.map { $0.byteCount(of: token) } ?? 1 }
  }

  /// The models are loaded one after the other, so that only one is in memory.
  package func compare(
    _ source: any ModelWeights, model: () throws -> RuntimeModel, packed: any ModelWeights
  ) throws -> ParityReport {
    var report = ParityReport()
    for parameter in source.architecture.quantizedParameters {
      let (before, after) = (try source.codes(of: parameter), try packed.codes(of: parameter))
      report.codesDifferent += zip(before.codes, after.codes).count { $0 != $1 }
      // A matrix of zeros has no scale in the block formats.
      if before.scale != after.scale, before.codes.contains(where: { $0 != 0 }) { report.scalesDifferent += 1 }
    }
    var kept: [[Float]] = []
    report.trainedNats = try run(try model()) { window, logits in
      // Windows are kept from the first on without a gap, though the last is shorter and would fit again.
      guard kept.count == window, window == 0 || (window + 1) * logits.count <= Self.logitLimit else { return }
      kept.append(logits)
    }
    report.packedNats = try run(try RuntimeModel(packed)) { window, logits in
      guard kept.indices.contains(window) else { return }
      for (before, after) in zip(kept[window], logits) where before != after {
        let difference = (before - after).magnitude
        report.maximumLogitDifference = max(report.maximumLogitDifference, difference.isNaN ? .infinity : difference)
      }
    }
    report.tokens = probe.reduce(0) { $0 + $1.targets.count }
    report.bytes = probe.reduce(0) { $1.targets.reduce($0) { $0 + byteCount($1) } }
    return report
  }

  private func run(_ model: RuntimeModel, _ receive: (Int, [Float]) -> Void) throws -> Double {
    let longest = probe.map(\.inputs.count).max() ?? 1
    let session = InferenceSession(model, positionLimit: longest)
    var nats = 0.0
    for (window, tokens) in probe.enumerated() {
      session.reset()
      let logits = try session.prefillAllPositions(tokens.inputs)
      receive(window, logits)
      nats += model.losses(ofLogits: logits, targets: tokens.targets).reduce(0) { $0 + Double($1) }
    }
    return nats
  }
}
