import Foundation
import TestSupport

/// A folder as a run leaves it.
struct RunFolder {
  let directory: TemporaryDirectory
  let url: URL

  init(_ name: String = "run", learningRate: String = "0.001") throws {
    directory = try TemporaryDirectory()
    url = directory.url.appending(path: name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try write(
      "metrics.jsonl",
      """
      {"step":10,"tokens":640,"loss":3.5,"bits_per_byte":5.0,"learning_rate":0.001,"ternary":{"gamma":{"q_proj":0.5},\
      "layers":[{"zero":0.25,"flipped":0.01},{"zero":0.5,"flipped":0.02}]},"tokens_per_second":100.0,"elapsed_seconds":6.4}
      {"step":10,"validation_nats_per_token":3.6,"validation_bits_per_byte":5.2}
      {"step":20,"tokens":1280,"loss":3.0,"bits_per_byte":4.3,"learning_rate":0.0005,"tokens_per_second":110.0,\
      "elapsed_seconds":12.5}
      {"step":20,"validation_nats_per_token":3.1,"validation_bits_per_byte":4.5}

      """)
    try write(
      "recipe.yaml",
      "recipe: pretrain\noutput_dir: \(name)\nmodel:\n  hidden_size: 64\nmax_steps: 40\noptimizer:\n  lr: \(learningRate)\n"
    )
    try write("samples.jsonl", #"{"step":20,"prompt":"The ","text":"end </script><b>"}"# + "\n")
    try write("environment.json", #"{"threads":"2","operating_system":"Linux"}"#)
  }

  func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: url.appending(path: name)) }

  func append(_ text: String, to name: String) throws {
    let old = try String(contentsOf: url.appending(path: name), encoding: .utf8)
    try write(name, old + text)
  }
}
