import Inference
import Kernels

/// What an ``Engine`` may use and how long it lets requests take.
public struct EngineConfiguration: Equatable, Sendable {
  /// Sequences that are computed at a time.
  public var slots = 4
  /// Requests that are answered at a time, however many sequences each has; nil: as many as slots. Others wait.
  public var concurrencyLimit: Int?
  /// The most tokens of a sequence, prompt and answer; nil or too large: the model's own limit. Each slot has room for as
  /// many; memory is touched as a sequence grows.
  public var contextLimit: Int?
  /// How keys and values are kept.
  public var keyValues = KeyValuePrecision.float16
  /// Rows of prompts that go through the model with a token of every sequence that is being continued: how long those have
  /// to wait for a prompt.
  public var prefillChunk = 64
  /// The same while no sequence is being continued.
  public var idlePrefillChunk = 256
  /// Rows that a forward pass may have with guesses at what comes next (prompt lookup), which cost little while sequences
  /// are few and change no answer; 0: no guesses.
  public var draftRows = 4
  /// Requests that may wait.
  public var queueLimit = 64
  /// How long a request may wait for its turn.
  public var queueWaitLimit = Duration.seconds(60)
  /// How long a request may take in all.
  public var requestTimeout = Duration.seconds(600)
  /// The memory of answers to deterministic requests; 0: none is kept.
  public var responseCacheBytes = 64 << 20

  public init() {}

  func requireValid() {
    require(slots > 0 && queueLimit > 0, "an engine of \(slots) slots and a queue of \(queueLimit)")
    require(concurrencyLimit.map { $0 > 0 } ?? true, "\(concurrencyLimit ?? 0) requests at a time")
    require(prefillChunk > 0 && idlePrefillChunk > 0, "prompts in parts of \(min(prefillChunk, idlePrefillChunk)) rows")
    require(contextLimit.map { $0 > 0 } ?? true, "a context of \(contextLimit ?? 0) tokens")
    require(draftRows >= 0, "\(draftRows) rows with guesses")
    require(responseCacheBytes >= 0, "a response cache of \(responseCacheBytes) bytes")
  }

  /// Rows of the largest forward pass.
  var rowCapacity: Int { max(idlePrefillChunk, prefillChunk + max(slots, draftRows)) }

  func contextLimit(of model: RuntimeModel) -> Int { min(contextLimit ?? .max, model.positionLimit) }
}
