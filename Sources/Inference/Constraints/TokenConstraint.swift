/// What an answer must be: tokens that would lead away from it are not drawn.
///
/// An answer is over as soon as it is whole and nothing could follow (``FinishReason/constraintFulfilled``); where more could
/// follow, as behind a digit, it may also end with a token that ends texts. One that is cut by a limit is the beginning of a text
/// that fits.
public struct TokenConstraint: Equatable, Sendable {
  let grammar: ByteGrammar
  let vocabulary: VocabularyTrie

  public init(_ grammar: ByteGrammar, vocabulary: VocabularyTrie) {
    (self.grammar, self.vocabulary) = (grammar, vocabulary)
  }

  /// Stands for all that it allows.
  public var fingerprint: String { grammar.fingerprint }

  public static func == (left: TokenConstraint, right: TokenConstraint) -> Bool {
    left.grammar == right.grammar && left.vocabulary === right.vocabulary
  }
}

/// How far an answer has come in its constraint.
package struct ConstraintProgress: Sendable {
  /// What is kept of one answer: some megabytes at most.
  private static let (stateLimit, maskLimit) = (8192, 64)

  private let vocabulary: VocabularyTrie
  private let endTokens: Set<Int32>
  private var automaton: GrammarAutomaton
  private var state: GrammarAutomaton.State
  private var masks: [GrammarAutomaton.State: TokenMask] = [:]

  /// - Parameter endTokens: they end the answer, whatever text they stand for.
  package init(_ constraint: TokenConstraint, endTokens: Set<Int32>) {
    vocabulary = constraint.vocabulary
    self.endTokens = endTokens
    automaton = GrammarAutomaton(constraint.grammar)
    state = automaton.start()
  }

  /// The tokens that may come next.
  /// - Throws: `InferenceError.constraintTooAmbiguous`.
  package mutating func allowedTokens() throws -> TokenMask {
    if let known = masks[state] { return known }
    guard state != GrammarAutomaton.dead else { throw InferenceError.constraintTooAmbiguous }
    if automaton.stateCount > Self.stateLimit {
      state = automaton.forget(but: state)
      masks = [:]
    }
    if masks.count >= Self.maskLimit { masks = [:] }
    automaton.allow(steps: GrammarAutomaton.usualSteps)
    var mask = vocabulary.allowedTokens(&automaton, after: state)
    guard !automaton.isExhausted else { throw InferenceError.constraintTooAmbiguous }
    for token in endTokens {
      if automaton.isAccepting(state) { mask.allow(token) } else { mask.forbid(token) }
    }
    masks[state] = mask
    return mask
  }

  /// Takes the text of a token that is allowed and ends nothing.
  package mutating func advance(_ bytes: [UInt8]) {
    for byte in bytes where state != GrammarAutomaton.dead { state = automaton.next(state, byte) }
  }

  /// Whether the answer is whole and nothing can follow, or no token could say so.
  package var isOver: Bool {
    automaton.isAccepting(state) && (endTokens.isEmpty || !automaton.canContinue(state))
  }
}
