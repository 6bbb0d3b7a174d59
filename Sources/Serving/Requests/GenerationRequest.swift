import Inference
import Kernels

/// What a client asks an ``Engine`` for: the continuation of some tokens, or several of them.
public struct GenerationRequest: Equatable, Sendable {
  public var prompt: [Int32]
  public var options: GenerationOptions
  /// Whether the client chose the seed. Then, or at temperature 0, the same request has the same answer, which may be kept.
  public var hasExplicitSeed: Bool
  /// How many continuations; that with the number i is drawn with the seed + i.
  public var choices: Int
  /// Clients take turns in the queue.
  public var client: String

  public init(
    prompt: [Int32], options: GenerationOptions, hasExplicitSeed: Bool = false, choices: Int = 1, client: String = ""
  ) {
    require(choices > 0, "\(choices) choices")
    self.prompt = prompt
    self.options = options
    self.hasExplicitSeed = hasExplicitSeed
    self.choices = choices
    self.client = client
  }

  /// Whether the same request gets the same answer by intention, not by chance.
  package var isDeterministic: Bool { hasExplicitSeed || options.sampling.temperature == 0 }

  /// The options of one of the choices.
  package func options(ofChoice choice: Int) -> GenerationOptions {
    var options = options
    options.sampling = options.sampling.with(seed: options.sampling.seed &+ UInt64(choice))
    return options
  }

  /// The most tokens that may have to go through the model.
  var mostTokens: Int { prompt.count + choices * options.maximumNewTokens }
}

/// Names a request as long as the engine runs.
public struct RequestID: Hashable, Sendable, CustomStringConvertible {
  let number: UInt64

  public var description: String { "\(number)" }
}
