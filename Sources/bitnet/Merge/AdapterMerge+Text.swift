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
    if placement == LoRAConfiguration.Placement.beside.rawValue, lossMerged > lossWithAdapter {
      lines.append("warning: \(damage); keep the adapter beside the model, or train it with lora.placement=inside")
    }
    return lines.joined(separator: "\n")
  }

  private var damage: String {
    let (lost, gained) = (lossMerged - lossWithAdapter, lossWithoutAdapter - lossWithAdapter)
    guard lost < gained else {
      return String(format: "merging costs %.4f nats per token, all that the adapter had gained and more", lost)
    }
    return String(format: "merging lost %.1f %% of what the adapter had gained", 100 * lost / gained)
  }
}
