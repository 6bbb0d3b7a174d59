import Testing

/// A packed file says what its checkpoint says.
@Suite struct PackedRuntimeTests {
  private static let types = ["i2_s", "tq1_0", "tq2_0"]

  /// The portable path, a hundred times slower than the fastest, evaluates them 18 times.
  private static let evaluationTokens = 10_000

  @Test func codesLogitsLossAndTextAreTheCheckpoints() throws {
    let run = try PackedRun(activation: "relu2")
    let walk = ParityWalk(
      directory: run.directory, prompt: "Line 1",
      evaluation: ["--data", "text", "--range", "16000:", "--window", "64", "--max-tokens", "1000"])
    for type in Self.types { try walk.check(type) }
  }

  @Test(.enabled(if: LongTests.areWanted && LongTests.corpus != nil, "\(LongTests.note)"))
  func soTheyAreOfAModelThatLearntFromRealText() throws {
    let run = try CorpusRun(recipe: "enwik8-small", steps: 300, overrides: ["eval_tokens=\(Self.evaluationTokens)"])
    let corpus = try #require(LongTests.corpus).path
    let walk = ParityWalk(
      directory: run.directory, prompt: "The ",
      evaluation: [
        "--data", corpus, "--range", "\(CorpusRun.validationStart):", "--window", "256", "--max-tokens",
        "\(Self.evaluationTokens)",
      ])
    for type in Self.types { try walk.check(type) }
  }
}
