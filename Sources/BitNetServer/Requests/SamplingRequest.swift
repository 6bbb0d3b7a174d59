import FileFormats
import Inference

/// What both kinds of requests say about how an answer is drawn and sent.
struct SamplingRequest {
  let model: String
  let choices: Int
  let sampling: SamplingOptions
  let hasExplicitSeed: Bool
  let stopStrings: [String]
  let isStreamed: Bool
  /// Whether a stream ends with the counts of tokens.
  let includesUsage: Bool

  init(_ reader: RequestReader, _ limits: RequestLimits, vocabularySize: Int) throws {
    guard let model = try reader.string("model") else { throw APIError.missing("model", expected: "its name") }
    self.model = model
    choices = try reader.integer("n", in: 1...128) ?? 1
    let seed = try reader.integer("seed", in: .min ... .max)
    hasExplicitSeed = seed != nil
    sampling = try Self.sampling(reader, limits, seed: seed, vocabularySize: vocabularySize)
    stopStrings = try Self.stopStrings(reader, limits)
    isStreamed = try reader.boolean("stream") ?? false
    includesUsage = try Self.includesUsage(reader)
  }

  private static func sampling(
    _ reader: RequestReader, _ limits: RequestLimits, seed: Int?, vocabularySize: Int
  ) throws -> SamplingOptions {
    let topP = try reader.number("top_p", in: 0...1)
    let topK = try reader.integer("top_k", in: -1 ... .max)
    return try SamplingOptions(
      temperature: try reader.number("temperature", in: 0...2) ?? 1,
      // A nucleus of probability 0 is its likeliest token; 0 and -1 as a number of tokens mean all of them.
      topK: topP == 0 ? 1 : topK.flatMap { $0 > 0 ? $0 : nil }, topP: topP == 0 ? nil : topP,
      minP: try reader.number("min_p", in: 0...1),
      repetitionPenalty: try repetitionPenalty(reader),
      presencePenalty: try reader.number("presence_penalty", in: -2...2) ?? 0,
      frequencyPenalty: try reader.number("frequency_penalty", in: -2...2) ?? 0,
      logitBias: try logitBias(reader, limits, vocabularySize: vocabularySize),
      seed: seed.map { UInt64(bitPattern: Int64($0)) } ?? .random(in: 0...UInt64(Int64.max)))
  }

  /// Under the name of vLLM and transformers, or that of llama.cpp.
  private static func repetitionPenalty(_ reader: RequestReader) throws -> Double {
    let range = 0.01...100.0
    return try reader.oneOf("repetition_penalty", "repeat_penalty") { try reader.number($0, in: range) } ?? 1
  }

  private static func logitBias(
    _ reader: RequestReader, _ limits: RequestLimits, vocabularySize: Int
  ) throws -> [Int32: Double] {
    guard let members = try reader.object("logit_bias") else { return [:] }
    guard members.count <= limits.logitBiases else {
      throw APIError.invalid(
        "logit_bias has \(members.count) tokens, at most \(limits.logitBiases) are allowed.", param: "logit_bias")
    }
    var biases: [Int32: Double] = [:]
    for (key, value) in members {
      guard let token = Int32(key), String(token) == key, token >= 0, token < vocabularySize else {
        throw APIError.invalid(
          "logit_bias has the key \"\(key.printable())\", expected the id of a token from 0 to \(vocabularySize - 1).",
          param: "logit_bias")
      }
      guard let bias = value.doubleValue, (-100...100).contains(bias) else {
        throw APIError.invalid(
          "logit_bias of token \(token) is \(value.kind), expected a number from -100 to 100.", param: "logit_bias")
      }
      biases[token] = bias
    }
    return biases
  }

  private static func stopStrings(_ reader: RequestReader, _ limits: RequestLimits) throws -> [String] {
    guard let value = reader.value("stop") else { return [] }
    let texts = value.stringValue.map { [$0] } ?? value.arrayValue?.compactMap(\.stringValue)
    guard let texts, texts.count == value.arrayValue?.count ?? 1 else {
      throw APIError.wrongType("stop", value, expected: "a string or an array of strings")
    }
    guard texts.count <= limits.stopStrings else {
      throw APIError.invalid(
        "stop has \(texts.count) strings, at most \(limits.stopStrings) are allowed.", param: "stop")
    }
    guard texts.allSatisfy({ (1...limits.stopStringBytes).contains($0.utf8.count) }) else {
      throw APIError.invalid("a stop string must have 1 to \(limits.stopStringBytes) bytes.", param: "stop")
    }
    return texts
  }

  private static func includesUsage(_ reader: RequestReader) throws -> Bool {
    guard let options = try reader.object("stream_options") else { return false }
    for (key, value) in options where value != .null {
      guard ["include_usage", "include_obfuscation"].contains(key), value.booleanValue != nil else {
        throw APIError.invalid(
          "stream_options.\(key.printable()) is \(value.kind), expected include_usage or include_obfuscation, true or "
            + "false.", param: "stream_options")
      }
    }
    return options["include_usage"]?.booleanValue ?? false
  }
}
