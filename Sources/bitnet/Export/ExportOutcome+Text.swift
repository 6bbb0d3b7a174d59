import Export
import FileFormats
import Foundation
import Workflows

extension ExportOutcome {
  var text: String {
    var lines: [String] = []
    if let parity {
      lines += [
        "codes different       \(parity.codesDifferent)",
        "max logit difference  \(parity.maximumLogitDifference)",
        "bits per byte         \(parity.trainedBitsPerByte) trained, \(parity.packedBitsPerByte) packed, "
          + "on \(parity.tokens) tokens",
      ]
      if parity.maximumLogitDifference > 0 {
        lines.append("                      (\(export.headType.name) rounds the embedding; bf16 or f32 do not)")
      }
    } else {
      lines.append("not verified          (--no-verify)")
    }
    let weights = String(format: "%.4f", bitsPerWeight)
    lines += [
      "size                  \(file.byteCount) bytes (\(CountFormat.bytes(file.byteCount)))",
      "bits per weight       \(weights) in the matrices (\(export.type.name)), embedding \(export.headType.name)",
      "file                  \(output), architecture \(export.architecture.rawValue)", "",
    ]
    return (lines + programs).joined(separator: "\n")
  }
}
