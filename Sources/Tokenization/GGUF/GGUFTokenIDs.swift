/// The ids that a GGUF file names for its model.
public struct GGUFTokenIDs: Equatable, Sendable {
  public var beginningOfSequence: Int?
  public var endOfSequence: Int?
  public var padding: Int?

  public init(beginningOfSequence: Int? = nil, endOfSequence: Int? = nil, padding: Int? = nil) {
    self.beginningOfSequence = beginningOfSequence
    self.endOfSequence = endOfSequence
    self.padding = padding
  }
}
