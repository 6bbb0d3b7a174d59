import Architectures
import Kernels

/// What a written folder is and what was proved about it.
package struct HuggingFaceOutcome {
  package let output: String
  package let export: HuggingFaceExport
  package let vocabulary: ModelCompanions.Vocabulary
  /// Of the weights.
  package let byteCount: Int
  /// nil: nothing was compared.
  package let report: HuggingFaceReport?

  /// The JSON of `--json`.
  package struct Summary: Encodable {
    let output: String
    let architecture: String
    /// Of the matrices: packed, or a type of numbers.
    let type: String
    let headType: String
    let fileBytes: Int
    let verified: Bool
    let codesDifferent: Int?
    let valuesRounded: Int?
    let maxLogitDifference: Float?
    let bitsPerByteTrained: Double?
    let bitsPerBytePacked: Double?
    let probeTokens: Int?
    let tokenizer: String
    let programs: [String]
  }

  package var type: String { export.form.isPacked ? "packed" : headType }
  package var headType: String { export.form.format.rawValue }

  package var summary: Summary {
    Summary(
      output: output, architecture: export.namedClass.rawValue, type: type, headType: headType, fileBytes: byteCount,
      verified: report != nil, codesDifferent: report?.parity.codesDifferent, valuesRounded: report?.valuesRounded,
      maxLogitDifference: report?.parity.maximumLogitDifference,
      bitsPerByteTrained: report?.parity.trainedBitsPerByte, bitsPerBytePacked: report?.parity.packedBitsPerByte,
      probeTokens: report?.parity.tokens, tokenizer: vocabulary.rawValue, programs: programs)
  }

  /// Which programs load the folder, and where they compute something else.
  package var programs: [String] {
    [
      report.map { $0.parity.maximumLogitDifference > 0 } ?? false
        ? "bitnet (this program): loads it, with the difference above"
        : "bitnet (this program): the same function, bit for bit"
    ]
      + TransformersNotes(architecture: export.source.architecture, form: export.form).lines
  }
}
