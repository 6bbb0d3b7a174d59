import Foundation

/// A template in the Jinja language, as chat templates of published models are written.
///
/// It behaves as Python's jinja2 does in the configuration of the `transformers` library: the immutable sandbox with
/// `trim_blocks` and `lstrip_blocks`, loop controls, `{% generation %}`, `tojson`, `raise_exception` and
/// `strftime_now`. What is not implemented is refused by name.
public struct JinjaTemplate: Sendable {
  /// A rendered text and where its `{% generation %}` blocks lie.
  public struct Rendering: Equatable, Sendable {
    public var text: String
    /// Ranges of UTF-8 bytes of `text`, in order.
    public var generationRanges: [Range<Int>]
  }

  public let source: String
  /// Whether the template marks what the model says with `{% generation %}`.
  public var hasGenerationBlocks: Bool { program.hasGenerationBlocks }
  private let program: Jinja.Program

  /// - Throws: `JinjaError` for a text that is not a template, or that uses what is not implemented.
  public init(_ source: String) throws {
    var parser = try Jinja.Parser(source)
    program = try parser.parseProgram()
    self.source = source
  }

  /// - Parameters:
  ///   - variables: the names that the template can use.
  ///   - clock: what `strftime_now` tells.
  /// - Throws: `JinjaError`.
  public func render(
    _ variables: JinjaDictionary, limits: JinjaLimits = JinjaLimits(), clock: JinjaClock = JinjaClock()
  ) throws -> String {
    try renderMarkingGeneration(variables, limits: limits, clock: clock).text
  }

  /// Also tells which part of the text `{% generation %}` blocks wrote.
  /// - Throws: `JinjaError`, also when such a block is written inside a macro, where its place is not known.
  public func renderMarkingGeneration(
    _ variables: JinjaDictionary, limits: JinjaLimits = JinjaLimits(), clock: JinjaClock = JinjaClock()
  ) throws -> Rendering {
    let interpreter = Jinja.Interpreter(program, limits: limits, clock: clock)
    return try interpreter.render(variables)
  }

  /// The texts that the template may write as they stand: what is outside its tags, and string constants.
  public var literals: [String] { program.literals }

  /// Whether a name or a string constant of the template is this word: it may read a variable, or a key of a message, that
  /// is called so. What it never mentions it cannot read.
  public func mentions(_ word: String) -> Bool { program.words.contains(word) }
}

/// The time that a template is told.
public struct JinjaClock: Sendable {
  public var date: Date
  public var timeZone: TimeZone

  public init(date: Date = Date(), timeZone: TimeZone = .current) {
    self.date = date
    self.timeZone = timeZone
  }
}

/// The parts of the interpreter.
enum Jinja {}
