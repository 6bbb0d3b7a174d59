import Architectures
import Export
import FileFormats
import Foundation
import Kernels

/// Writes, reloads, compares, and only then gives the file its name.
package struct ExportRun {
  private let model: ExportModel
  private let export: GGUFExport
  private let output: URL
  private let probe: [(inputs: [Int32], targets: [Int32])]

  /// - Parameter probe: windows to compare on; empty: nothing is compared.
  package init(
    model: ExportModel, export: GGUFExport, output: URL, probe: [(inputs: [Int32], targets: [Int32])]
  ) {
    self.model = model
    self.export = export
    self.output = output
    self.probe = probe
  }

  /// - Throws: `NonFiniteWeights`, `ParityError`, `FileError`; what is wrong with the source.
  package func callAsFunction() throws -> ExportOutcome {
    try model.source.requireFinite()
    let (file, parity) = try AtomicFile.write(to: output, produce: export.write) { temporary in
      let file = try GGUFFile(temporary)
      return (file, try prove(file))
    }
    return ExportOutcome(output: output.path, file: file, export: export, parity: parity)
  }

  private func prove(_ file: GGUFFile) throws -> ParityReport? {
    guard !probe.isEmpty else { return nil }
    let report = try proof().compare(model.source, model: model.runtime, packed: file)
    guard report.holds(isHeadRounded: try isHeadRounded(file)) else {
      throw ParityError(output: output.path, report: report)
    }
    return report
  }

  private func proof() -> ParityProof {
    ParityProof(probe: probe, tokenizer: try? model.model.tokenizer())
  }

  /// Whether the type of the head lost digits of the embedding.
  private func isHeadRounded(_ file: GGUFFile) throws -> Bool {
    let packed = try GGUFModel(file)
    var isRounded = false
    for parameter in model.source.architecture.parameters where !model.source.architecture.isQuantized(parameter) {
      try model.source.withStored(parameter) { before in
        try packed.withStored(parameter) { after in
          let together = max(1, (1 << 20) / before.columns)
          for first in stride(from: 0, to: before.rows, by: together) where !isRounded {
            let rows = first..<min(first + together, before.rows)
            isRounded = try before.floats(rows) != after.floats(rows)
          }
        }
      }
    }
    return isRounded
  }
}

/// The packed file is not the model it was made from.
package struct ParityError: Error, CustomStringConvertible {
  let output: String
  let report: ParityReport

  package var description: String {
    "\(output): not written, for the packed model differs from its source: \(report.codesDifferent) codes, "
      + "\(report.scalesDifferent) scales, logits by up to \(report.maximumLogitDifference), bits per byte "
      + "\(report.trainedBitsPerByte) trained and \(report.packedBitsPerByte) packed. Choose another --type; "
      + "--no-verify writes the file all the same."
  }
}
