import Kernels

/// A tokenizer with a learned vocabulary: byte-level pairs as those of GPT-2, Llama 3 and Qwen have them, or pairs of
/// characters as those of Llama 2 and Mistral.
///
/// A text goes through five steps: added tokens are found in it, the normaliser changes the rest, splitters cut it into
/// pieces, pairs are merged in each piece, and the tokens of the beginning and end are put around it.
public struct TextTokenizer: Tokenizer {
  let model: BytePairModel
  let pipeline: TextPipeline
  let addedTokens: [AddedToken]
  let roles: TokenRoles
  /// What every id spells when it is decoded.
  let texts: TokenBytes
  let kinds: [TokenKind]
  /// What is known only to the file that the tokenizer was read from.
  let origin: Origin
  let rawMatcher: AddedTokenMatcher
  let normalizedMatcher: AddedTokenMatcher
  private let encoders: EncoderPool

  struct Origin: Sendable {
    /// The tokenizer.json as it was read.
    var json: [UInt8]?
    /// `tokenizer.ggml.pre`
    var ggufPreTokenizer: String?
    /// `tokenizer.ggml.scores`, where merges alone do not tell them.
    var scores: [Float]?
    /// The names of unused tokens, by id.
    var unusedNames: [Int32: String] = [:]
  }

  public var vocabularySize: Int { kinds.count }
  public let specialTokens: [SpecialToken]
  public let fingerprint: String
  public var endOfSequenceTokenID: Int32? { roles.endOfSequence }
  public var beginningOfSequenceTokenID: Int32? { roles.beginningOfSequence }
  public var paddingTokenID: Int32? { roles.padding }
  public var addsBeginningOfSequence: Bool { !pipeline.beginning.isEmpty }
  public var addsEndOfSequence: Bool { !pipeline.end.isEmpty }

  /// - Throws: `VocabularyProblem`.
  init(
    model: BytePairModel, pipeline: TextPipeline, addedTokens: [AddedToken], roles: TokenRoles = TokenRoles(),
    origin: Origin = Origin()
  ) throws {
    let size = max(model.tokens.count, addedTokens.reduce(0) { max($0, Int($1.id) + 1) })
    for token in addedTokens where token.id < 0 || Int(token.id) >= model.tokens.count + addedTokens.count {
      throw VocabularyProblem("the added token \"\(token.content)\" has the id \(token.id), expected 0 to \(size - 1)")
    }
    for id in roles.ids + pipeline.beginning + pipeline.end where id < 0 || Int(id) >= size {
      throw VocabularyProblem("a special token has the id \(id), but there are \(size) tokens")
    }
    var kinds = (0..<size).map { id -> TokenKind in
      id < model.tokens.count && model.isOrdinary(UInt32(id)) ? .ordinary : .unused
    }
    if model.units == .characters {
      for id in model.byteTokens where kinds[Int(id)] == .unused { kinds[Int(id)] = .byte }
    }
    var contents: [Int32: [UInt8]] = [:]
    for token in addedTokens {
      guard contents.updateValue(Array(token.content.utf8), forKey: token.id) == nil else {
        throw VocabularyProblem("two added tokens have the id \(token.id)")
      }
      kinds[Int(token.id)] = token.isSpecial ? .special : .added
    }
    self.texts = Self.texts(model, kinds, contents)
    self.kinds = kinds
    self.model = model
    self.pipeline = pipeline
    self.addedTokens = addedTokens
    self.roles = roles
    self.origin = origin
    specialTokens = addedTokens.filter(\.isSpecial).map { SpecialToken(text: $0.content, id: $0.id) }
    rawMatcher = AddedTokenMatcher(addedTokens.filter { !$0.isNormalized })
    normalizedMatcher = AddedTokenMatcher(addedTokens.filter(\.isNormalized)) { token in
      Self.normalized(Array(token.content.utf8), model, pipeline)
    }
    encoders = EncoderPool(model)
    fingerprint = Self.fingerprint(model, pipeline, addedTokens, roles)
  }

  private static func texts(
    _ model: BytePairModel, _ kinds: [TokenKind], _ contents: [Int32: [UInt8]]
  ) -> TokenBytes {
    var bytes: [UInt32: UInt8] = [:]
    if model.units == .characters {
      for (byte, id) in model.byteTokens.enumerated() { bytes[id] = UInt8(byte) }
    }
    var texts = TokenBytes()
    for (id, kind) in kinds.enumerated() {
      switch kind {
      case .ordinary: texts.append(model.tokens[UInt32(id)])
      case .byte: texts.append([bytes[UInt32(id)] ?? 0])
      case .special, .added: texts.append(contents[Int32(id)] ?? [])
      case .unused: texts.append([])
      }
    }
    return texts
  }

  /// Lends an encoder to one caller at a time.
  func withEncoder<Result>(_ body: (PieceEncoder) -> Result) -> Result { encoders.withEncoder(body) }
}

/// The ids with a part to play.
struct TokenRoles: Equatable, Sendable {
  var beginningOfSequence: Int32?
  var endOfSequence: Int32?
  var padding: Int32?
  var unknown: Int32?

  var ids: [Int32] { [beginningOfSequence, endOfSequence, padding, unknown].compactMap { $0 } }
}

/// Encoders with their memory, kept from one text to the next.
private final class EncoderPool: Sendable {
  /// `@unchecked Sendable`: whoever took it out of the pool has it alone.
  private struct Idle: @unchecked Sendable {
    let encoder: PieceEncoder
  }

  private let model: BytePairModel
  private let idle = SystemMutex<[Idle]>([])

  init(_ model: BytePairModel) { self.model = model }

  func withEncoder<Result>(_ body: (PieceEncoder) -> Result) -> Result {
    let encoder = idle.withLock { $0.popLast() }?.encoder ?? PieceEncoder(model)
    defer { idle.withLock { $0.append(Idle(encoder: encoder)) } }
    encoder.output.removeAll()
    return body(encoder)
  }
}
