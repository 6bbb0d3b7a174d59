import Foundation
import Inference
import Kernels

/// Answers requests with one model, many at a time, on a thread of its own: one forward pass after the other holds a token
/// of every sequence that is being continued and some rows of the prompts that are new.
///
/// The same request with the same seed has the same answer, byte for byte, whatever else is being computed.
public final class Engine: Sendable {
  public let model: ServedModel
  public let configuration: EngineConfiguration
  private let intake: Intake

  /// Starts the thread, which computes with the current ``ThreadPool`` and ``KernelPath``.
  public init(_ model: ServedModel, configuration: EngineConfiguration = EngineConfiguration()) {
    configuration.requireValid()
    self.model = model
    self.configuration = configuration
    let intake = Intake(configuration)
    self.intake = intake
    let (pool, path, buffers) = (ThreadPool.current, KernelPath.current, BufferPool.current)
    let thread = Thread {
      ThreadPool.$current.withValue(pool) {
        KernelPath.$current.withValue(path) {
          BufferPool.$current.withValue(buffers) { Self.run(Scheduler(model, configuration, intake), intake) }
        }
      }
      intake.end()
    }
    thread.name = "bitnet-engine"
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// What is not answered ends with ``ServingError/shuttingDown``.
  deinit { intake.close(at: .now) }

  private static func run(_ scheduler: Scheduler, _ intake: Intake) {
    while scheduler.tick(at: .now) || intake.waitForNews() {}
  }

  /// The most tokens of a prompt and its answer.
  public var contextLimit: Int { configuration.contextLimit(of: model.runtime) }

  /// Queues a request. Whoever stops reading the events (the task that iterates over them is cancelled, or the stream is
  /// dropped) cancels it.
  /// - Parameter observer: gets every event before the stream has it, read or not; on the engine's thread, which waits for it.
  /// - Throws: `ServingError`, `InferenceError`: what is wrong with the request, or that there is no room.
  public func submit(
    _ request: GenerationRequest, observer: @escaping @Sendable (GenerationEvent) -> Void = { _ in }
  ) throws -> GenerationStream {
    try check(request)
    let (events, continuation) = AsyncThrowingStream<GenerationEvent, any Error>.makeStream()
    let id = intake.newID()
    let sink = EventSink(
      send: { event in
        observer(event)
        continuation.yield(event)
      }, end: { continuation.finish(throwing: $0) })
    continuation.onTermination = { [intake] termination in
      if case .cancelled = termination { intake.cancel(id) }
    }
    let key = request.isDeterministic && configuration.responseCacheBytes > 0 ? responseKey(request) : nil
    do {
      try intake.submit(Ticket(id: id, request: request, key: key, submitted: .now, sink: sink))
    } catch {
      continuation.finish()
      throw error
    }
    return GenerationStream(id: id, events: events)
  }

  /// Ends a request with ``ServingError/cancelled`` before the next forward pass, and no other.
  public func cancel(_ id: RequestID) { intake.cancel(id) }

  /// Takes no more requests and waits until those that are there are answered; after `limit` they end with
  /// ``ServingError/shuttingDown``.
  public func drain(within limit: Duration) async {
    intake.close(at: .now + limit)
    await intake.waitForEnd()
  }

  /// Whether no more requests are taken.
  public var isClosing: Bool { intake.isClosing }

  public var load: EngineLoad { intake.load }

  private func responseKey(_ request: GenerationRequest) -> ResponseKey {
    ResponseKey(request, model: "\(model.fingerprint) \(configuration.keyValues) \(contextLimit)")
  }

  /// A request that passes goes through the model without errors.
  private func check(_ request: GenerationRequest) throws {
    guard !request.prompt.isEmpty else { throw InferenceError.noTokens }
    guard request.prompt.count <= contextLimit else {
      throw ServingError.contextLengthExceeded(promptTokens: request.prompt.count, limit: contextLimit)
    }
    guard request.choices <= configuration.slots else {
      throw ServingError.tooManyChoices(requested: request.choices, slots: configuration.slots)
    }
    let size = model.runtime.vocabularySize
    if let token = request.prompt.first(where: { $0 < 0 || Int($0) >= size }) {
      throw InferenceError.tokenOutOfRange(token: token, vocabularySize: size)
    }
  }
}

/// What comes of a request.
public struct GenerationStream: Sendable {
  public let id: RequestID
  /// Ends with `ServingError` or `InferenceError` where there is no whole answer. To be iterated once.
  public let events: AsyncThrowingStream<GenerationEvent, any Error>
}
