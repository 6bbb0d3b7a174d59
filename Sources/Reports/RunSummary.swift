import Foundation

/// How far a run has come and how well it did.
package struct RunSummary: Sendable {
  package let name: String
  package let path: String
  /// pretrain, sft, dpo or kto.
  package let kind: String?
  package let step: Int
  /// Of a run that is limited by steps.
  package let totalSteps: Int?
  package let tokens: Int
  package let elapsedSeconds: Double
  /// Of the last logged steps.
  package let loss: Double?
  package let bestValidationLoss: Double?
  package let bestValidationBitsPerByte: Double?
  package let tokensPerSecond: Double?

  package init(_ run: RunHistory) {
    func setting(_ key: String) -> String? { run.recipe.first { $0.key == key }?.value }
    (name, path, kind) = (run.name, run.url.path, setting("recipe"))
    step = max(run.training.steps.last ?? 0, run.validation.steps.last ?? 0)
    totalSteps = setting("max_steps").flatMap(Int.init)
    tokens = run.training.last("tokens").map(Self.whole) ?? 0
    elapsedSeconds = run.training.last("elapsed_seconds") ?? 0
    loss = run.training.last("loss")
    bestValidationLoss =
      run.validation.least("validation_nats_per_token") ?? run.validation.least("validation_loss")
    bestValidationBitsPerByte = run.validation.least("validation_bits_per_byte")
    tokensPerSecond = run.training.last("tokens_per_second")
  }

  /// nil when nothing is left, or nobody knows how much.
  package var remainingSeconds: Double? {
    guard let totalSteps, step > 0, step < totalSteps else { return nil }
    return elapsedSeconds / Double(step) * Double(totalSteps - step)
  }

  /// For people.
  package var facts: [RunHistory.Entry] {
    func decimals(_ value: Double?) -> String? { value.map { String(format: "%.4f", $0) } }
    let entries: [(String, String?)] = [
      ("steps", totalSteps.map { "\(step) of \($0)" } ?? "\(step)"),
      ("tokens", tokens > 0 ? "\(tokens)" : nil),
      ("time", Self.duration(elapsedSeconds)),
      ("time left", remainingSeconds.map(Self.duration)),
      ("loss", decimals(loss)),
      ("best validation loss", decimals(bestValidationLoss)),
      ("best validation bits/byte", decimals(bestValidationBitsPerByte)),
      ("tokens/s", tokensPerSecond.map { String(format: "%.0f", $0) }),
    ]
    return entries.compactMap { name, value in value.map { (name, $0) } }
  }

  /// A file may hold any number.
  private static func whole(_ number: Double) -> Int { Int(exactly: number.rounded()) ?? (number < 0 ? .min : .max) }

  static func duration(_ seconds: Double) -> String {
    let whole = whole(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
