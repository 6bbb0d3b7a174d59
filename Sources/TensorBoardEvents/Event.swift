/// One record's contents: something that happened at a step.
package struct Event: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    /// Begins every file.
    case fileVersion(String)
    /// A process goes on here: TensorBoard forgets what it has seen of this step and later ones.
    case sessionStart
    case values([EventValue])
    /// What this package does not write.
    case other
  }

  package let step: Int
  /// Seconds since 1970.
  package let wallTime: Double
  package let content: Content

  package init(step: Int, wallTime: Double, _ content: Content) {
    (self.step, self.wallTime, self.content) = (step, wallTime, content)
  }

  /// The version whose readers heed `sessionStart`.
  package static let currentFileVersion = "brain.Event:2"
}

/// A point of a curve, a text or a distribution, under a name.
package struct EventValue: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    case scalar(Float)
    /// Shown as Markdown.
    case text(String)
    case histogram(EventHistogram)
  }

  /// What stands before the first slash groups the charts.
  package let tag: String
  package let description: String
  package let content: Content

  package init(_ tag: String, description: String = "", _ content: Content) {
    (self.tag, self.description, self.content) = (tag, description, content)
  }
}
