/// What a run minimises.
public enum LossConfiguration: Equatable, Sendable {
  /// The negative log-likelihood of the trained tokens.
  case likelihood(LossReduction)
  /// A preference for one of two answers.
  case preference(PreferenceLossConfiguration)
}
