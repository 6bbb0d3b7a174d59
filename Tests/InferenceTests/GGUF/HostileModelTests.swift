import Architectures
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Testing
import TestSupport
import Tokenization

/// Well-formed files whose metadata lie. In processes of their own, so that what they ask the system for can be counted.
@Suite struct HostileModelTests {
  @Test func everyKeyWithValuesThatHurt() async throws {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let whole = directory.url.appending(path: "whole.gguf")
      try ThreadPool.$current.withValue(.serial) {
        try RandomFile.write(HostileModels.configuration, type: .i2_s, to: whole)
      }
      #expect(HostileModels.use(whole) == nil)
      let file = try GGUFFile(whole)
      let mutant = directory.url.appending(path: "mutant.gguf")
      let start = HostileModels.peakAddressSpace
      var (slowest, refused, tried) = (Duration.zero, 0, 0)
      for entry in file.metadata.entries {
        for value in HostileModels.values(insteadOf: entry.value) {
          var metadata = file.metadata
          metadata[entry.key] = value
          try RandomFile.copy(file, metadata: metadata, to: mutant)
          let begin = ContinuousClock.now
          if HostileModels.use(mutant) != nil { refused += 1 }
          slowest = max(slowest, ContinuousClock.now - begin)
          tried += 1
        }
      }
      #expect(tried > 100 && refused > 60, "\(refused) of \(tried) refused")
      #expect(slowest < .seconds(1), "\(slowest)")
      if let start, let end = HostileModels.peakAddressSpace {
        #expect(end - start < file.byteCount + 64 << 20, "\(end - start) bytes")
      }
    }
  }
}

private enum HostileModels {
  static let configuration = Architecture(
    vocabularySize: 260, hiddenSize: 128, hiddenLayerCount: 2, attentionHeadCount: 2, keyValueHeadCount: 1,
    intermediateSize: 256, maximumPositionEmbeddings: 64)

  /// Loads a file and runs it.
  /// - Returns: why it was refused.
  static func use(_ url: URL) -> (any Error)? {
    // Other threads would bring arenas of their own, of 64 MB each.
    ThreadPool.$current.withValue(.serial) {
      _ = ModelVerification.problems(ofGGUF: url)
      do {
        let file = try GGUFFile(url)
        _ = try? ByteTokenizer(gguf: file)
        let session = InferenceSession(try RuntimeModel(gguf: file), positionLimit: 8)
        _ = try session.prefill([1, 2, 3])
        return nil
      } catch {
        return error
      }
    }
  }

  static func values(insteadOf value: GGUFValue) -> [GGUFValue?] {
    let numbers: [UInt32] = [0, 1, 3, 127, 1 << 16, 1 << 26, .max >> 1, .max]
    let others: [GGUFValue?] = [nil, .boolean(true), .string(""), .array(GGUFArray([String]()))]
    switch value {
    case .float32: return others + [0, -1, .nan, .infinity, 1e38, .leastNonzeroMagnitude].map { .float32($0) }
    case .string: return others + [.string("gpt2"), .string(String(repeating: "x", count: 1 << 20))]
    case .array(let array) where array.elementType == .string:
      return others + [.array(GGUFArray([String](repeating: "", count: array.count)))]
    case .array(let array): return others + [.array(GGUFArray([Int32](repeating: .min, count: array.count)))]
    default: return others + numbers.map { .uint32($0) }
    }
  }

  /// What was asked for, whether or not it was touched; nil where the system does not tell or a sanitizer reserves
  /// terabytes of its own.
  static var peakAddressSpace: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmPeak:") }),
      let kilobytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }),
      kilobytes < 1 << 30
    else { return nil }
    return kilobytes * 1024
  }
}
