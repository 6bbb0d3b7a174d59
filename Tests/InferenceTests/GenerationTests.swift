import Inference
import Testing
import Tokenization

@Suite struct GenerationTests {
  /// Continues the first byte of `script`, whose bytes are the tokens, greedily.
  private func generation(
    _ script: String, stops: [String] = [], maximum: Int? = nil, positions: Int = 64, endOfSequence: Int? = nil,
    stopTokens: Set<Int32> = []
  ) throws -> Generation {
    let count = script.utf8.count
    let model = try ChainModel.make(vocabulary: (count + 3) / 4 * 4, positions: positions, endOfSequence: endOfSequence)
    return try Generation(
      prompt: [0], session: InferenceSession(model), tokenizer: ListTokenizer(bytesOf: script),
      options: GenerationOptions(maximumNewTokens: maximum ?? count - 1, stopStrings: stops, stopTokens: stopTokens))
  }

  private func pieces(_ generation: Generation) throws -> [String] {
    var pieces: [String] = []
    try generation.run { pieces.append($0) }
    return pieces
  }

  @Test func followsTheModel() throws {
    let generation = try generation(">hello", maximum: 3)
    #expect(generation.finishReason == nil)
    #expect(try pieces(generation) == ["h", "e", "l"])
    #expect(generation.tokens == [1, 2, 3])
    #expect(generation.finishReason == .maximumNewTokens)
    #expect(try generation.nextPiece() == nil)
  }

  @Test func charactersAreNeverSplit() throws {
    #expect(try pieces(generation(">aé€😀z")) == ["a", "é", "€", "😀", "z"])
    #expect(try pieces(generation(">a😀", maximum: 3)) == ["a", "\u{FFFD}"])
  }

  @Test func tokensOfSeveralBytesMayCutCharacters() throws {
    let tokenizer = ListTokenizer(pieces: [[0x3E], [0x61, 0xE2], [0x82], [0xAC, 0x62, 0xC3], [0xA9, 0x63]])
    let generation = try Generation(
      prompt: [0], session: InferenceSession(try ChainModel.make(vocabulary: 8)), tokenizer: tokenizer,
      options: GenerationOptions(maximumNewTokens: 4))
    #expect(try pieces(generation) == ["a", "€b", "éc"])
  }

  @Test func stopStringEndsTheText() throws {
    let generation = try generation(">say STOP now", stops: ["STOP", "never"])
    #expect(try generation.run() == "say ")
    #expect(generation.finishReason == .stopString("STOP"))
    #expect(generation.tokens.count == 8)
  }

  @Test func whatOnlyBeganLikeAStopStringIsGivenOut() throws {
    #expect(try pieces(generation(">xaabaac", stops: ["aabaad"])) == ["x", "aabaa" + "c"])
    #expect(try generation(">STO", stops: ["STOP"]).run() == "STO")
    #expect(try generation(">aab", stops: ["ab"]).run() == "a")
    #expect(try generation(">x€y", stops: ["€"]).run() == "x")
    // The stop strings share a beginning, and the longer one begins first.
    let longer = try generation(">12345", stops: ["4", "234"])
    #expect(try longer.run() == "1")
    #expect(longer.finishReason == .stopString("234"))
  }

  @Test func endOfSequenceEndsTheText() throws {
    let generation = try generation(">abcdef", endOfSequence: 4)
    #expect(try generation.run() == "abc")
    #expect(generation.finishReason == .stopToken(4))
    #expect(generation.tokens == [1, 2, 3, 4])
    #expect(try self.generation(">abcdef", stopTokens: [2]).run() == "a")
  }

  @Test func fullContextEndsTheText() throws {
    let generation = try generation(">abcdefgh", positions: 4)
    #expect(try generation.run() == "abcd")
    #expect(generation.finishReason == .contextFull)
  }

  @Test func noTokensWanted() throws {
    let generation = try generation(">abc", maximum: 0)
    #expect(try generation.run() == "")
    #expect(generation.finishReason == .maximumNewTokens)
  }

  @Test func promptMustFit() throws {
    let session = InferenceSession(try ChainModel.make(vocabulary: 4, positions: 3))
    let tokenizer = ListTokenizer(bytesOf: "abcd")
    #expect(throws: InferenceError.noTokens) {
      try Generation(prompt: [], session: session, tokenizer: tokenizer, options: GenerationOptions())
    }
    #expect(throws: InferenceError.contextFull(used: 0, requested: 4, limit: 3)) {
      try Generation(prompt: [0, 1, 2, 3], session: session, tokenizer: tokenizer, options: GenerationOptions())
    }
  }

  @Test func paddedVocabularyIsNeverDrawn() throws {
    let tokenizer = ListTokenizer(bytesOf: "abcde")
    let generation = try Generation(
      prompt: [0], session: InferenceSession(try ChainModel.make(vocabulary: 8, positions: 400)), tokenizer: tokenizer,
      options: GenerationOptions(maximumNewTokens: 300, sampling: SamplingOptions(temperature: 5, seed: 2)))
    #expect(try generation.run().count == 300)
    #expect(Set(generation.tokens) == [0, 1, 2, 3, 4])
  }

  @Test func seedDecidesTheText() throws {
    let model = try RandomModel(RandomModels.configurations[1]).runtime
    func tokens(seed: UInt64) throws -> [Int32] {
      let generation = try Generation(
        prompt: [1, 2, 3], session: InferenceSession(model), tokenizer: ByteTokenizer(),
        options: GenerationOptions(maximumNewTokens: 40, sampling: SamplingOptions(seed: seed)))
      try generation.run()
      return generation.tokens
    }
    let first = try tokens(seed: 1)
    #expect(first.count == 40)
    #expect(try tokens(seed: 1) == first)
    #expect(try tokens(seed: 2) != first)
  }

  @Test func everyTokenHasItsLogProbabilities() throws {
    let model = try RandomModel(RandomModels.configurations[1]).runtime
    let generation = try Generation(
      prompt: [1, 2, 3], session: InferenceSession(model), tokenizer: ByteTokenizer(),
      options: GenerationOptions(
        maximumNewTokens: 5, sampling: SamplingOptions(logitBias: [65: 100]), likeliestLogProbabilities: 2))
    try generation.run()
    #expect(
      generation.tokens == [65, 65, 65, 65, 65] && generation.logProbabilities.map(\.drawn.token) == generation.tokens)
    let session = InferenceSession(model)
    var logits = try session.prefill([1, 2, 3])
    for found in generation.logProbabilities {
      let known = Array(logits.prefix(ByteTokenizer().vocabularySize))
      #expect(found == DrawnLogProbabilities(of: 65, logits: known, likeliest: 2))
      logits = try session.decode(65)
    }
  }

  @Test func asynchronousPieces() async throws {
    let generation = try generation(">aé€😀z")
    var pieces: [String] = []
    for try await piece in generation.pieces { pieces.append(piece) }
    #expect(pieces == ["a", "é", "€", "😀", "z"])
  }

  @Test func cancellationEndsThePieces() async throws {
    let script = ">" + String(repeating: "a", count: 30)
    let model = try ChainModel.make(vocabulary: 32)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      let generation = try Generation(
        prompt: [0], session: InferenceSession(model), tokenizer: ListTokenizer(bytesOf: script),
        options: GenerationOptions())
      for try await _ in generation.pieces { Issue.record("a piece after cancellation") }
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  /// A conversation that grows by an answer and a question each turn.
  @Test func turnsOverOneSessionGiveTheAnswersOfFreshOnes() throws {
    let model = try RandomModel(RandomModels.configuration(vocabulary: 64, positions: 200)).runtime
    let tokenizer = ListTokenizer(pieces: (0..<64).map { [0x40 + $0 % 26] })
    let session = InferenceSession(model)
    let options = GenerationOptions(
      maximumNewTokens: 11, sampling: try SamplingOptions(temperature: 0.8, topK: 20, repetitionPenalty: 1.1, seed: 4))
    var said = RandomModels.tokens(40, vocabulary: 64)
    for turn in 0..<5 {
      let before = session.computedTokens
      let reused = try Generation(wholeSequence: said, session: session, tokenizer: tokenizer, options: options)
      // The question is new, and the last token of the answer before was drawn but not needed.
      #expect(session.computedTokens - before == (turn == 0 ? 40 : 8))
      let fresh = try Generation(
        prompt: said, session: InferenceSession(model), tokenizer: tokenizer, options: options)
      #expect(try reused.run() == fresh.run() && reused.tokens == fresh.tokens)
      said += reused.tokens + RandomModels.tokens(7, vocabulary: 64, seed: UInt64(turn))
    }
  }
}
