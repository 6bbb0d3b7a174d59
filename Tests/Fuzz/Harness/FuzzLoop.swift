import Foundation
import Kernels

/// Reads one input after another in this process, until one of them gives a finding.
struct FuzzLoop {
  let kind: FuzzKind
  let folder: URL
  let options: FuzzOptions

  /// What a process says that ends because of an input, and did not die of it.
  struct Ended: Error, CustomStringConvertible {
    let description: String
  }

  /// - Throws: `Ended`; what keeps the files from being written.
  func run(from first: Int) throws {
    let forms = try kind.type.forms(in: folder)
    let files = try forms.map { try InputFile(folder.appending(path: $0.fileName)) }
    try Data(forms.map { $0.fileName + "\n" }.joined().utf8).write(to: folder.appending(path: Supervisor.formsName))
    let progress = try Progress(folder.appending(path: Supervisor.progressName))
    let parent = getppid()
    for number in first..<options.count {
      // Nobody would stop it.
      guard getppid() == parent else { return }
      let input = FuzzInput(number, of: forms, kind: kind.name, seed: options.seed)
      try files[input.form].write(input.bytes)
      progress.begin(number, form: input.form)
      let refusal = self.refusal(forms[input.form], files[input.form].url, input.bytes)
      let memory = ProcessMemory.peakResidentBytes
      if let problem = Self.problem(refusal, input, memory: memory) { throw Ended(description: problem) }
      progress.end(accepted: refusal == nil, peakMemory: memory)
    }
  }

  private func refusal(_ form: InputForm, _ file: URL, _ bytes: [UInt8]) -> (any Error)? {
    do {
      try form.read(file, bytes)
      return nil
    } catch {
      return error
    }
  }

  private static func problem(_ refusal: (any Error)?, _ input: FuzzInput, memory: Int) -> String? {
    if memory > FuzzOptions.mostMemory { return "\(memory >> 20) MB of resident memory" }
    guard let refusal else { return nil }
    let text = "\(refusal)"
    if input.isSeed { return "a seed is refused: \(text)" }
    let type = String(reflecting: type(of: refusal))
    // Errors of the system's libraries say neither what was expected nor what to try.
    guard rooms.contains(where: type.hasPrefix) else { return "unexpected error of type \(type): \(text)" }
    return text.isEmpty ? "an error of type \(type) without a text" : nil
  }

  private static let rooms = [
    "Kernels.", "FileFormats.", "Templates.", "Tokenization.", "Datasets.", "Architectures.", "Inference.", "Export.",
    "Recipes.",
    "Training.", "fuzz.",
  ]
}
