import FileFormats
import Kernels

/// Times decoding and prefill of a model on tokens that mean nothing: the work does not depend on them.
package struct InferenceBenchmark {
  package let model: RuntimeModel

  package init(_ model: RuntimeModel) { self.model = model }

  package struct Result: Equatable, Sendable {
    package let tokensPerSecond: Double
    /// Decoding: bytes of weights read per second (once a step, however many sequences) over what the machine can read. Prefill: multiply-adds of the ternary
    /// matrices per second over the peak of the instruction; nil where the kernels have no instruction of their own.
    package let share: Double?
    /// The most resident memory of the process, without the memory that the machine was measured with.
    package let peakMemoryBytes: Int
  }

  /// Tokens between two measurements of memory.
  private static let tokensTogether = 8

  /// The median step of `count`, each of which appends a token to every one of `sequences` sequences behind a prompt of
  /// `promptLength`. What memory delivers is measured between the steps and is a median too: other programs take as much
  /// from the one as from the other.
  /// - Returns: the tokens of all sequences together.
  /// - Throws: `InferenceError` when the context is too short.
  package func decode(
    promptLength: Int, count: Int, sequences: Int = 1, cache: KeyValuePrecision = .float32
  ) throws -> Result {
    let prompt = tokens(promptLength)
    let pass = ForwardPass(model, rowCapacity: max(sequences, min(promptLength, ForwardPass.defaultRowCapacity)))
    let states = (0..<sequences).map { _ in SequenceState(model, positionLimit: promptLength + count, cache: cache) }
    _ = try pass.append([.init(states[0], appending: prompt[...])])
    for state in states.dropFirst() { state.copyPrefix(promptLength, of: states[0]) }
    let peakWithoutMemory = ProcessMemory.peakResidentBytes
    let memory = MemoryRate()
    let clock = ContinuousClock()
    let tokens = tokens(count)
    var (times, rates): ([Double], [Double]) = ([], [])
    for start in stride(from: 0, to: count, by: Self.tokensTogether) {
      for token in tokens[start..<min(start + Self.tokensTogether, count)] {
        let segments = states.map { ForwardPass.Segment($0, appending: [token]) }
        times.append(try clock.measure { _ = try pass.append(segments) } / .seconds(1))
      }
      rates.append(memory.bytesPerSecond())
    }
    let seconds = Self.median(times)
    return Result(
      tokensPerSecond: Double(sequences) / seconds,
      share: Double(model.bytesPerToken) / seconds / Self.median(rates),
      peakMemoryBytes: max(peakWithoutMemory, ProcessMemory.peakResidentBytes - memory.byteCount))
  }

  /// The best of several prefills of `length` tokens: other programs can only make one slower.
  /// - Throws: `InferenceError` when the context is too short.
  package func prefill(length: Int, repetitions: Int = 5) throws -> Result {
    let peak = InstructionPeak.ternary()
    let session = InferenceSession(model, positionLimit: length)
    let prompt = tokens(length)
    let seconds = try BestTime.seconds(runs: repetitions) {
      session.reset()
      _ = try session.prefill(prompt)
    }
    let rate = Double(length) / seconds
    return Result(
      tokensPerSecond: rate, share: peak.map { Double(model.multiplyAddsPerToken) * rate / $0 },
      peakMemoryBytes: ProcessMemory.peakResidentBytes)
  }

  private func tokens(_ count: Int) -> [Int32] {
    (0..<count).map { Int32(($0 &+ 1) &* 2_654_435_761 % model.vocabularySize) }
  }

  private static func median(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.sorted()[values.count / 2] }
}

extension RuntimeModel {
  /// Bytes of weights that a step of decoding reads.
  package var bytesPerToken: Int { matrices.reduce(head.byteCount) { $0 + $1.byteCount } }

  /// Multiplications of a token with the matrices of the layers.
  package var multiplyAddsPerToken: Int { matrices.reduce(0) { $0 + $1.rows * $1.columns } }
}
