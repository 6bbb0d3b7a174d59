/// Which texts a run writes at each evaluation, to be read beside the curves.
public struct SampleConfiguration: Equatable, Sendable {
  /// Texts to be continued; of fine-tuning, what a user says.
  public var prompts: [String] = []
  /// The most tokens of one text.
  public var tokens = 64
  /// 0: always the likeliest token.
  public var temperature = 0.8

  public init() {}
}
