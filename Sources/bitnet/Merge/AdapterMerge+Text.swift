import Architectures
import Foundation
import Workflows

extension AdapterMerge.Report {
  func text(output: String) -> String {
    let share = codes == 0 ? 0 : Double(codesChanged) / Double(codes) * 100
    var lines = [
      "merged         \(output)",
      "adapter        \(placement) the quantiser",
      "codes changed  \(codesChanged) of \(codes) (\(String(format: "%.3f", share)) %)",
      String(
        format: "nats per token %.6f without adapter, %.6f with it, %.6f merged", lossWithoutAdapter, lossWithAdapter,
        lossMerged),
      "logits         largest difference between adapter and merged \(maxLogitDifference)",
      "measured on    \(measuredOn)",
    ]
    if let answers {
      lines.append(
        "exact answers  \(answers.exactWithAdapter) of \(answers.questions) with the adapter, "
          + "\(answers.exactMerged) of \(answers.questions) merged")
    }
    if isWorse {
      lines.append(
        "warning: \(damage). Keep the adapter beside the model (--adapter), or train it with lora.placement=inside, "
          + "which merges without loss")
    }
    return lines.joined(separator: "\n")
  }

  private var isWorse: Bool {
    guard placement == LoRAConfiguration.Placement.beside.rawValue else { return false }
    return lossMerged > lossWithAdapter || answers.map { $0.exactMerged < $0.exactWithAdapter } ?? false
  }

  /// In what a user will notice: answers, and the loss before and after.
  private var damage: String {
    let loss = String(
      format: "the loss goes from %.4f to %.4f nats per token by merging (%.4f without any adapter)", lossWithAdapter,
      lossMerged, lossWithoutAdapter)
    guard let answers, answers.exactMerged < answers.exactWithAdapter else { return loss }
    return "of \(answers.questions) answers, \(answers.exactWithAdapter) were exactly right with the adapter and "
      + "\(answers.exactMerged) are once it is merged; \(loss)"
  }
}
