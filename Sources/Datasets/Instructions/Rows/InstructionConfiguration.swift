import Templates
import Tokenization

/// Which examples fine-tuning learns from, and how they become rows of tokens.
public struct InstructionConfiguration: Equatable, Sendable {
  /// The shape of the rows of a file.
  public enum Format: String, CaseIterable, Sendable {
    /// Found by the keys of the first row; all rows must have the same shape.
    case auto
    /// `messages: [{role, content}, …]` (OpenAI).
    case messages
    /// `conversations: [{from, value}, …]`.
    case shareGPT = "sharegpt"
    /// `instruction`, optional `input`, `output`.
    case alpaca
    /// `input`, `output`.
    case inputOutput = "input_output"
    /// `prompt`, `completion`.
    case promptCompletion = "prompt_completion"
    /// `text`: trained as a whole, without a template.
    case text
    /// `chosen`, `rejected`, with `prompt` or with the prompt as their shared beginning.
    case preference
  }

  /// What happens to a row that is longer than the sequences of the run.
  public enum Overlong: String, CaseIterable, Sendable {
    case error
    /// Keeps the beginning.
    case truncate
    case drop
    /// Cuts it into several rows.
    case split
  }

  /// What becomes of thoughts that stand beside an answer, under `reasoning_content`, `thinking` or `reasoning`.
  public enum Reasoning: String, CaseIterable, Sendable {
    /// A template that reads `reasoning_content` gets them and decides; with any other they are counted as not used.
    case template
    /// No template gets them.
    case drop
    /// A row that has any is an error.
    case refuse
  }

  /// Which answers of a conversation are learnt.
  public enum TrainedAnswers: String, CaseIterable, Sendable {
    case all
    case last
  }

  /// Files with a JSON array or JSON lines, plain or .gz; their rows come one behind the other.
  public var sources: [DataSource]
  /// Where rows have what is read under another key.
  public var columns: RowColumns
  public var format: Format
  /// A file of held-out examples; excludes `validationFraction`.
  public var validationPath: String?
  /// The share of the rows, drawn by seed, that is held out; nil: none.
  public var validationFraction: Double?
  public var overlong: Overlong
  /// Puts several examples into one row, each blind to the others.
  public var isPacked: Bool
  /// Trains the prompts too, not only the answers.
  public var trainsOnInput: Bool
  /// What of conversations with several answers is learnt.
  public var trainedAnswers: TrainedAnswers
  public var reasoning = Reasoning.template
  /// Uses only so many rows, from the start of the file.
  public var maximumSamples: Int?
  /// What the chat template is told besides each conversation, such as `enable_thinking`.
  public var templateVariables: JinjaDictionary

  public init(
    path: String, format: Format = .auto, validationPath: String? = nil, validationFraction: Double? = nil,
    overlong: Overlong = .error, isPacked: Bool = false, trainsOnInput: Bool = false, maximumSamples: Int? = nil,
    templateVariables: JinjaDictionary = [:], columns: RowColumns = RowColumns(), trainedAnswers: TrainedAnswers = .all
  ) {
    sources = [DataSource(path: path)]
    self.columns = columns
    self.trainedAnswers = trainedAnswers
    self.format = format
    self.validationPath = validationPath
    self.validationFraction = validationFraction
    self.overlong = overlong
    self.isPacked = isPacked
    self.trainsOnInput = trainsOnInput
    self.maximumSamples = maximumSamples
    self.templateVariables = templateVariables
  }

  /// Of the first file.
  public var path: String {
    get { sources.first?.path ?? "" }
    set { sources = [DataSource(path: newValue)] }
  }

  /// Whether there are examples to evaluate on.
  package var holdsOut: Bool { validationFraction != nil || validationPath != nil }
}
