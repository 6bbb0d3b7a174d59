import Foundation
import Inference
import Kernels
import Serving
import ServingTestSupport
import Templates
import Testing
import Tokenization

/// Answers that have to be JSON, of models that know nothing of it.
@Suite struct ConstrainedAnswerTests {
  static let schema = #"""
    {"type": "object", "properties": {
       "name": {"type": "string", "maxLength": 5}, "kind": {"enum": ["a", "bc", 3]},
       "sizes": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
       "inner": {"anyOf": [{"$ref": "#/$defs/inner"}, {"type": "null"}]}},
     "required": ["name", "kind", "inner"],
     "$defs": {"inner": {"type": "object", "properties": {"deep": {"type": "boolean"}, "inner": {"$ref": "#/$defs/inner"}},
       "required": ["deep"]}}}
    """#

  static func constraint(_ schema: String?, _ model: ServedModel) throws -> TokenConstraint {
    let grammar = try schema.map { try JSONSchema(JinjaValue(json: $0)).grammar } ?? ByteGrammar.jsonObject
    return TokenConstraint(try #require(grammar), vocabulary: model.vocabulary)
  }

  private func answer(
    _ model: ServedModel, _ constraint: TokenConstraint, _ sampling: SamplingOptions, tokens: Int = 140
  ) throws -> Answer {
    let request = GenerationRequest(
      prompt: SmallModel.tokens(5), options: .init(maximumNewTokens: tokens, sampling: sampling, constraint: constraint)
    )
    return try Answer.alone(request, model, EngineConfiguration())[0]
  }

  /// Whether a value is what the schema above says.
  private func isValid(_ value: JinjaValue) -> Bool {
    guard case .dictionary(let members) = value, case .string(let name)? = members["name"] else { return false }
    let order = members.entries.map(\.key)
    guard order == ["name", "kind", "sizes", "inner"].filter(order.contains), name.unicodeScalars.count <= 5 else {
      return false
    }
    guard let kind = members["kind"], ["a", "bc", 3].contains(kind) else { return false }
    if let sizes = members["sizes"] {
      guard case .list(let elements) = sizes, elements.count <= 2 else { return false }
      guard elements.allSatisfy({ if case .integer = $0 { true } else { false } }) else { return false }
    }
    return members["inner"] == JinjaValue.none || members["inner"].map(isInner) == true
  }

  private func isInner(_ value: JinjaValue) -> Bool {
    guard case .dictionary(let members) = value, case .boolean? = members["deep"] else { return false }
    guard ["deep", "inner"].starts(with: members.entries.map(\.key)) else { return false }
    return members["inner"].map(isInner) ?? true
  }

  @Test(arguments: [false, true]) func everyWholeAnswerFitsItsSchema(hasPairs: Bool) throws {
    let model = try hasPairs ? SmallModel.makeWithPairs() : SmallModel.make()
    let constraint = try Self.constraint(Self.schema, model)
    var whole = 0
    for seed in 0..<50 {
      let answer = try answer(model, constraint, SamplingOptions(temperature: 1, seed: UInt64(seed)))
      if answer.finishReason == .maximumNewTokens {
        #expect(answer.steps.count == 140)
        continue
      }
      whole += 1
      #expect(answer.finishReason == .constraintFulfilled)
      #expect(try isValid(JinjaValue(json: answer.text)), "\(answer.text)")
    }
    #expect(whole > 20)
  }

  @Test func answersWithoutSchemaAreObjects() throws {
    let model = try SmallModel.make()
    let constraint = try Self.constraint(nil, model)
    var whole = 0
    for seed in 0..<50 {
      // Else a model that knows nothing hardly ever comes to an end.
      let sampling = try SamplingOptions(logitBias: [0x7D: 6, 0x5D: 6, 0x22: 5], seed: UInt64(seed))
      let answer = try answer(model, constraint, sampling)
      guard answer.finishReason == .constraintFulfilled else { continue }
      whole += 1
      guard case .dictionary = try JinjaValue(json: answer.text) else {
        Issue.record("\(answer.text)")
        continue
      }
    }
    #expect(whole > 20)
  }

  @Test func greedyAndPenalisedAnswersFitToo() throws {
    let model = try SmallModel.make()
    let constraint = try Self.constraint(#"{"enum": ["yes", "no"]}"#, model)
    for sampling in [
      .greedy, try SamplingOptions(topK: 1, seed: 1), try SamplingOptions(topP: 0.1, repetitionPenalty: 2, seed: 2),
      try SamplingOptions(minP: 0.5, presencePenalty: 2, logitBias: [65: 100, 0x22: -100], seed: 3),
    ] {
      let answer = try answer(model, constraint, sampling)
      #expect(["\"yes\"", "\"no\""].contains(answer.text) && answer.finishReason == .constraintFulfilled)
    }
  }

  @Test func aValueThatCouldGoOnEndsWithAnEndToken() throws {
    let model = try SmallModel.make()
    let constraint = try Self.constraint(#"{"type": "integer"}"#, model)
    let end = try #require(model.tokenizer.endOfSequenceTokenID)
    let answer = try answer(model, constraint, SamplingOptions(logitBias: [end: 100], seed: 1))
    #expect(Int(answer.text).map { abs($0) < 10 } == true && answer.finishReason == .stopToken(end))
  }

  @Test func logProbabilitiesAreThoseOfTheModel() throws {
    let model = try SmallModel.make()
    var options = GenerationOptions(maximumNewTokens: 1, likeliestLogProbabilities: 1)
    let free = try Answer.alone(.init(prompt: [1, 2], options: options), model, EngineConfiguration())[0]
    options.constraint = try Self.constraint(Self.schema, model)
    let held = try Answer.alone(.init(prompt: [1, 2], options: options), model, EngineConfiguration())[0]
    #expect(held.text == "{" && free.steps[0].logProbabilities?.likeliest == held.steps[0].logProbabilities?.likeliest)
  }

  @Test func aVocabularyThatLacksABytesIsToldOf() throws {
    let model = try SmallModel.make()
    // In the place of the brace that an object needs, the end of the answer.
    var options = GenerationOptions(maximumNewTokens: 5, stopTokens: [0x7B])
    options.constraint = try Self.constraint(Self.schema, model)
    #expect(throws: InferenceError.noTokenAllowed) {
      try Answer.alone(.init(prompt: [1], options: options), model, EngineConfiguration())
    }
  }

  @Test func keptAnswersAreThoseOfTheSameConstraint() throws {
    let model = try SmallModel.make()
    func key(_ schema: String?) throws -> ResponseKey {
      var request = GenerationRequest(prompt: [1], options: GenerationOptions())
      request.options.constraint = try schema.map { try Self.constraint($0, model) }
      return ResponseKey(request, model: "")
    }
    let keys = try [nil, #"{"const": 1}"#, #"{"const": 2}"#].map(key)
    #expect(Set(keys).count == 3)
    #expect(try keys[1] == key(#"{"const": 1, "title": "one"}"#))
  }
}
