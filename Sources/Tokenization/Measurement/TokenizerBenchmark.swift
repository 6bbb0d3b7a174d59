import Kernels

/// Times the encoding of a text that is cut into blocks, as a corpus is.
package struct TokenizerBenchmark {
  package struct Result: Sendable {
    package let tokens: Int
    /// Of the fastest pass.
    package let seconds: Double
  }

  /// Large enough that a call costs nothing, small enough to share out among threads.
  private static let blockSize = 64 << 10

  private let tokenizer: any Tokenizer
  private let text: UnsafeRawBufferPointer
  private let blocks: [Range<Int>]

  /// - Parameter text: must outlive this value.
  package init(_ tokenizer: any Tokenizer, text: UnsafeRawBufferPointer) {
    self.tokenizer = tokenizer
    self.text = text
    var blocks: [Range<Int>] = []
    var start = 0
    while start < text.count {
      let end = Self.end(ofBlockFrom: start, text, tokenizer)
      blocks.append(start..<end)
      start = end
    }
    self.blocks = blocks
  }

  private static func end(
    ofBlockFrom start: Int, _ text: UnsafeRawBufferPointer, _ tokenizer: any Tokenizer
  ) -> Int {
    var wished = start + blockSize
    while wished < text.count {
      let cut = tokenizer.safeCut(in: text, near: wished)
      if cut > start { return cut }
      // The last place before is the start itself.
      wished += blockSize
    }
    return text.count
  }

  /// Encodes the text with the current threads, once to warm up and then several times.
  package func run(passes: Int) -> Result {
    var counts = [Int](repeating: 0, count: blocks.count)
    let seconds = BestTime.seconds(runs: passes) {
      counts.withUnsafeMutableBufferPointer { counts in
        ThreadPool.current.forEachFreeRange(of: blocks.count) { range in
          for block in range {
            let bytes = UnsafeRawBufferPointer(rebasing: text[blocks[block]])
            counts[block] = tokenizer.encode(bytes: bytes).count
          }
        }
      }
    }
    return Result(tokens: counts.reduce(0, +), seconds: seconds)
  }
}
