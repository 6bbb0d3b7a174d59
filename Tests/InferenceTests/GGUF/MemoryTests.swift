import Architectures
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Testing
import TestSupport
import Tokenization

/// What a model of 110 million parameters takes in memory. In processes of their own, so that it can be counted.
@Suite struct MemoryTests {
  @Test func runningTakesTheFileAndTheCache() async {
    await #expect(processExitsWith: .success) {
      for type in [GGUFTensorType.i2_s, .tq1_0, .tq2_0] {
        let directory = try TemporaryDirectory()
        let url = directory.url.appending(path: "model.gguf")
        try RandomFile.write(MiddleModel.configuration, type: type, to: url)
        BufferPool.current.trim()
        let watch = ResidentMemory()
        let file = try GGUFFile(url)
        let session = InferenceSession(try RuntimeModel(gguf: file), positionLimit: 256)
        _ = try session.prefill((0..<200).map { Int32($0) })
        for token in 0..<20 { _ = try session.decode(Int32(token)) }
        let cache = 2 * 256 * MiddleModel.configuration.keyValueSize * 4 * MiddleModel.configuration.hiddenLayerCount
        // The promise is 150 MB; what a thread, a prompt of 200 tokens and the logits need is far less.
        let limit = file.byteCount + cache + 60_000_000
        if let peak = watch.growth { #expect(peak <= limit, "\(type): \(peak) bytes, expected at most \(limit)") }
      }
    }
  }

  @Test func convertingTakesTheLargestTensor() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let (from, to) = (directory.url.appending(path: "a.gguf"), directory.url.appending(path: "b.gguf"))
      try RandomFile.write(MiddleModel.configuration, type: .float16, headType: .float32, to: from)
      BufferPool.current.trim()
      let watch = ResidentMemory()
      let input = try GGUFFile(from)
      let largest = input.tensors.map(\.byteRange.count).max() ?? 0
      let source = try GGUFModel(input)
      try GGUFExport(source: source, type: .tq1_0, headType: .bfloat16, tokenizerMetadata: []).write(to: to)
      let limit = input.byteCount + largest + 60_000_000
      if let peak = watch.growth { #expect(peak <= limit, "\(peak) bytes, expected at most \(limit)") }
    }
  }
}

private enum MiddleModel {
  static let configuration = Architecture(
    vocabularySize: 32_000, hiddenSize: 768, hiddenLayerCount: 12, attentionHeadCount: 12, keyValueHeadCount: 12,
    intermediateSize: 2048, maximumPositionEmbeddings: 2048)
}

/// The most resident memory since this object was made, beyond what there was then.
private struct ResidentMemory {
  private let start: Int?

  init() {
    // Linux forgets the peak so far when a 5 is written here.
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
    start = Self.peak
  }

  var growth: Int? {
    guard let start, let now = Self.peak else { return nil }
    return now - start
  }

  private static var peak: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { return nil }
    return kilobytes * 1024
  }
}
