import FileFormats
import Inference

/// SHA-256 over all that decides the answer to a deterministic request.
package struct ResponseKey: Hashable, Sendable {
  private let digest: [UInt8]

  /// - Parameter model: the fingerprint of weights, tokenizer and numerics.
  package init(_ request: GenerationRequest, model: String) {
    var facts = Facts()
    facts.add(model)
    facts.add(request.prompt)
    let (options, sampling) = (request.options, request.options.sampling)
    facts.add(Int64(options.maximumNewTokens), Int64(request.choices), Int64(options.likeliestLogProbabilities ?? -1))
    facts.add(sampling.temperature, sampling.topP ?? 2, sampling.minP ?? -1, sampling.repetitionPenalty)
    facts.add(sampling.presencePenalty, sampling.frequencyPenalty)
    facts.add(Int64(sampling.topK ?? -1), Int64(bitPattern: sampling.seed))
    for (token, bias) in sampling.logitBias.sorted(by: { $0.key < $1.key }) {
      facts.add(Int64(token))
      facts.add(bias)
    }
    // Counts keep lists of several lengths apart.
    facts.add(Int64(sampling.logitBias.count), Int64(options.stopStrings.count))
    for stop in options.stopStrings { facts.add(stop) }
    facts.add(options.stopTokens.sorted())
    facts.add(options.constraint?.fingerprint ?? "")
    digest = facts.hash.finalize()
  }
}

/// Numbers and texts, each with its length, in one hash.
private struct Facts {
  private(set) var hash = SHA256()

  mutating func add(_ text: String) {
    add(Int64(text.utf8.count))
    hash.update(text)
  }

  mutating func add(_ tokens: [Int32]) {
    add(Int64(tokens.count))
    tokens.withUnsafeBytes { hash.update($0) }
  }

  mutating func add(_ numbers: Int64...) { numbers.withUnsafeBytes { hash.update($0) } }

  mutating func add(_ numbers: Double...) { numbers.withUnsafeBytes { hash.update($0) } }
}
