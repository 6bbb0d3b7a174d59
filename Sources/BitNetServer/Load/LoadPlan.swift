import FileFormats
import Kernels

/// What the clients of a measurement ask: completions of random tokens, each prompt another one, so that nothing is found in a
/// cache.
public struct LoadPlan: Sendable {
  public var host: String
  public var port: Int
  public var modelName: String
  /// Of each request.
  public var promptTokens: Int
  public var newTokens: Int
  /// That each client sends, one after the other over one connection.
  public var requestsOfEach: Int
  public var temperature: Double
  /// Prompts are made of the tokens below it.
  public var vocabularySize: Int
  public var seed: UInt64

  public init(host: String, port: Int, modelName: String) {
    (self.host, self.port, self.modelName) = (host, port, modelName)
    (promptTokens, newTokens, requestsOfEach, temperature) = (16, 64, 2, 0)
    (vocabularySize, seed) = (256, 1)
  }

  /// The body of a request. Another set of clients on the same server has other prompts.
  func body(clients: Int, client: Int, request: Int) -> String {
    var random = RandomStream(
      seed: seed, purpose: .shuffle, substream: UInt64(clients) << 40 | UInt64(client) << 24 | UInt64(request))
    let prompt = (0..<promptTokens).map { _ in JSONValue.integer(Int.random(in: 0..<vocabularySize, using: &random)) }
    let body: JSONValue = [
      "model": .string(modelName), "prompt": .array(prompt), "max_tokens": .integer(newTokens),
      "temperature": .number(temperature), "seed": .integer(client), "stream": true,
      "stream_options": ["include_usage": true],
    ]
    return body.compact
  }
}
