import Architectures
import FileFormats
import Foundation
import Kernels
import Tokenization

/// Writes a folder, opens it, compares, and only then gives it its name.
package struct HuggingFaceExportRun {
  package let model: StoredModel
  package let export: HuggingFaceExport
  package let companions: ModelCompanions
  package let output: URL
  /// Empty: nothing is compared.
  package let probe: [(inputs: [Int32], targets: [Int32])]

  package init(
    model: StoredModel, export: HuggingFaceExport, companions: ModelCompanions, output: URL,
    probe: [(inputs: [Int32], targets: [Int32])]
  ) {
    self.model = model
    self.export = export
    self.companions = companions
    self.output = output
    self.probe = probe
  }

  /// - Throws: `NonFiniteWeights`, `FileError`, `HuggingFaceExportError`, `HuggingFaceParityError`; what reading the source throws.
  package func callAsFunction() throws -> HuggingFaceOutcome {
    try model.weights.requireFinite()
    let parent = output.deletingLastPathComponent()
    // What killed processes left behind; one that cannot be removed, another user's perhaps, is in nobody's way.
    if FileSystem.exists(parent) { _ = try? AtomicDirectory.removeLeftovers(in: parent) }
    let folder = try AtomicDirectory(target: output, expectedBytes: export.byteCount)
    for (name, contents) in companions.files.sorted(by: { $0.key < $1.key }) { try folder.write(contents, to: name) }
    try export.write(to: folder)
    let report = try probe.isEmpty ? nil : proof().compare(folder.temporary)
    try folder.commit()
    return HuggingFaceOutcome(
      output: output.path, export: export, vocabulary: companions.vocabulary, byteCount: export.byteCount,
      report: report)
  }

  private func proof() throws -> HuggingFaceProof {
    let tokenizer = try? model.tokenizer()
    return HuggingFaceProof(
      export: export, tokenizer: companions.vocabulary == .written ? tokenizer : nil,
      parity: ParityProof(probe: probe, tokenizer: tokenizer), output: output.path)
  }
}
