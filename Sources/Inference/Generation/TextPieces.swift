extension Generation {
  /// The pieces of text as an asynchronous sequence, to be iterated once. Cancelling the task ends it with
  /// `CancellationError`.
  public var pieces: TextPieces { TextPieces(generation: self) }
}

/// The text of a generation, piece by piece; every piece is computed when it is asked for.
public struct TextPieces: AsyncSequence {
  public typealias Element = String
  public typealias Failure = any Error

  fileprivate let generation: Generation

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let generation: Generation

    public mutating func next() async throws -> String? {
      try Task.checkCancellation()
      return try generation.nextPiece()
    }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> String? {
      try Task.checkCancellation()
      // Others on the same actor get a turn between two pieces.
      await Task.yield()
      return try generation.nextPiece()
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(generation: generation) }
}
