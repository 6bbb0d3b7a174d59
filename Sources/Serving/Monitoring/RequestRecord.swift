/// What is remembered of a request: numbers and names, never its text.
public struct RequestRecord: Equatable, Sendable {
  public var route: String
  /// A hash of the client's address, or the name of his key.
  public var client: String
  public var status = 200
  public var errorCode: String?
  public var promptTokens = 0
  public var cachedTokens = 0
  public var completionTokens = 0
  public var seconds = 0.0
  public var secondsToFirstToken: Double?

  public init(route: String, client: String) { (self.route, self.client) = (route, client) }
}
