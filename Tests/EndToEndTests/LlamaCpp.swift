import Architectures
import FileFormats
import Foundation
import Inference
import Testing

/// llama.cpp and our runtime on the same file and the same prompts.
struct LlamaCpp {
  let file: URL
  /// A LoRA adapter as GGUF.
  var adapter: URL?

  /// Greedy continuations of `count` bytes in llama.cpp.
  func continuations(of prompts: [Data], count: Int) throws -> [[UInt8]] {
    let directory = file.deletingLastPathComponent()
    let lines = prompts.map { "[" + $0.map(String.init).joined(separator: ",") + "]\n" }.joined()
    try Data(lines.utf8).write(to: directory.appending(path: "prompts"))
    let arguments = [file.path, "prompts", "\(count)"] + (adapter.map { [$0.path] } ?? [])
    let answers = try Python.run(script: "llama_cpp_generate.py", arguments, in: directory)
      .split(separator: "\n")
    try #require(answers.count == prompts.count)
    return answers.map { answer in
      let digits = Array(answer)
      return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }
  }

  /// The same in our runtime.
  func ownContinuations(of prompts: [Data], count: Int) throws -> [[UInt8]] {
    let session = InferenceSession(
      try RuntimeModel(GGUFModel(file), adapter: adapter.map { try LoRAAdapter($0) }))
    return try prompts.map { prompt in
      session.reset()
      var logits = try session.prefill(prompt.map { Int32($0) })
      var bytes: [UInt8] = []
      while true {
        let next = logits.indices.max { logits[$0] < logits[$1] } ?? 0
        bytes.append(UInt8(clamping: next))
        if bytes.count == count || next > 255 { return bytes }
        logits = try session.decode(Int32(next))
      }
    }
  }

  /// How many of the prompts both continue in the same way.
  func agreement(on prompts: [Data], count: Int) throws -> Int {
    zip(try continuations(of: prompts, count: count), try ownContinuations(of: prompts, count: count)).count {
      $0 == $1
    }
  }
}
