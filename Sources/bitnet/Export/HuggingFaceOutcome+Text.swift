import Export

extension HuggingFaceOutcome {
  /// For people.
  var text: String {
    let size = "\(byteCount) bytes (\(CountFormat.bytes(byteCount)))"
    let types = type == headType ? "all tensors \(type)" : "matrices \(type), other tensors \(headType)"
    return
      (proved + [
        "size                  \(size), \(types)",
        "folder                \(output), class \(export.namedClass.rawValue)",
        "tokenizer             \(vocabulary.rawValue)", "",
      ] + programs).joined(separator: "\n")
  }

  private var proved: [String] {
    guard let report else { return ["not verified          (--no-verify)"] }
    let parity = report.parity
    var lines = [
      "codes different       \(parity.codesDifferent)",
      "values rounded        \(report.valuesRounded)",
      "max logit difference  \(parity.maximumLogitDifference)",
      "bits per byte         \(parity.trainedBitsPerByte) before, \(parity.packedBitsPerByte) after, "
        + "on \(parity.tokens) tokens",
    ]
    if parity.maximumLogitDifference > 0, report.valuesRounded == 0 {
      lines.append("                      (all numbers are equal; blocks of 4 to 8 bits are multiplied in other steps)")
    }
    return lines
  }
}
