/// How much a template may use before it is stopped with an error of the kind `limit`.
public struct JinjaLimits: Equatable, Sendable {
  /// Work: one for each node that is evaluated and each element of a list that is made, and one for every 16 bytes of
  /// text that are read or made. It bounds time, and with it the memory of all values together.
  public var steps: Int
  /// Bytes of the rendered text.
  public var outputBytes: Int
  /// Bytes of any one text.
  public var textBytes: Int
  /// Nodes inside one another that are evaluated at a time, calls of macros included.
  public var depth: Int

  public init(
    steps: Int = 20_000_000, outputBytes: Int = 64 << 20, textBytes: Int = 64 << 20, depth: Int = 240
  ) {
    self.steps = steps
    self.outputBytes = outputBytes
    self.textBytes = textBytes
    self.depth = depth
  }
}
