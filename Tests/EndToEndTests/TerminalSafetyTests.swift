import Foundation
import Testing

/// Names and texts of others that would steer a terminal reach it as escapes.
@Suite struct TerminalSafetyTests {
  private static let hostile = "\u{1B}]0;owned\u{7}\u{1B}[31m\u{9B}2J\u{202E}x"

  private func expectSafe(_ result: CommandLineTool.Result, _ command: [String]) {
    for text in [result.output, result.errors] {
      let steering = text.unicodeScalars.first {
        ($0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t") || $0.value == 0x202E
      }
      #expect(steering == nil, "\(command) lets U+\(String(steering?.value ?? 0, radix: 16)) through")
    }
  }

  @Test func nothingOfAFileSteersTheTerminal() throws {
    let place = try FineTuningPlace()
    try place.write(
      "rows.jsonl", #"{"prompt": "\u001b[31mred\u0007", "completion": "\u009b2J\u202e done", "\u001b[1mkey": 1}"#)
    try place.write("bad.jsonl", #"{"prompt": "a", "\u001b[1mcompletion": "b"}"#)
    try place.write("bad.yaml", "recipe: sft\n\"\(Self.hostile.dropFirst().dropFirst(8))\": 1\n")
    try place.write("run/\(Self.hostile)", "x")
    try FileManager.default.removeItem(at: place.url("run/latest"))
    try place.write("run/latest", Self.hostile + "\n")
    try TensorNames.write(Self.hostile, to: place.url("t.safetensors"))
    let commands = [
      ["inspect", "t.safetensors"], ["verify", "t.safetensors"], ["generate", "t.safetensors", "--prompt", "a"],
      [
        "data", "preview", "sft.yaml", "dataset.path=rows.jsonl", "dataset.validation_fraction=null",
        "dataset.packed=false",
      ],
      ["data", "preview", "sft.yaml", "dataset.path=bad.jsonl"], ["train", "bad.yaml"],
      ["recipes", "validate", "bad.yaml"],
      ["train", Self.hostile], ["generate", Self.hostile, "--prompt", "a"], ["eval", "run"], ["inspect", "run"],
      ["data", "stats", Self.hostile], ["train", "sft.yaml", "\(Self.hostile)=1"], [Self.hostile],
      ["report", Self.hostile],
      ["runs", "ls", Self.hostile], ["export", "run/\(Self.hostile)", "-o", Self.hostile],
    ]
    for command in commands { expectSafe(try CommandLineTool.run(command, in: place.base.directory), command) }
  }
}

/// A safetensors file of one tensor.
private enum TensorNames {
  static func write(_ name: String, to url: URL) throws {
    let header = try JSONSerialization.data(withJSONObject: [
      name: ["dtype": "F32", "shape": [1], "data_offsets": [0, 4]] as [String: Any]
    ])
    var file = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    file.append(header)
    file.append(Data(count: 4))
    try file.write(to: url)
  }
}
