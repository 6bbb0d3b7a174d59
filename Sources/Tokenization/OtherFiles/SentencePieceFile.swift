import Foundation

/// A tokenizer.model of SentencePiece whose pieces merge by score.
struct SentencePieceFile {
  private struct Piece {
    var text: [UInt8] = []
    var score: Float = 0
    var type = 1
  }

  private let path: String
  private var pieces: [Piece] = []
  private var modelType = 1
  private var addsSpace = true
  private var removesSpaces = true
  private var normalizer = ""
  private var rewritesCharacters = false
  private var ids: [Int: Int] = [40: 0, 41: 1, 42: 2, 43: -1]

  /// Whether the data begins as such a file does, with a piece.
  static func recognizes(_ data: Data) -> Bool { data.first == 0x0A }

  /// - Throws: `TokenizerError`.
  static func tokenizer(_ data: Data, path: String) throws -> TextTokenizer {
    do {
      return try SentencePieceFile(data, path: path).tokenizer()
    } catch let problem as VocabularyProblem {
      throw TokenizerError.unreadable(path: path, reason: problem.text)
    }
  }

  private init(_ data: Data, path: String) throws {
    self.path = path
    for field in try ProtocolBufferField.fields(Array(data)[...]) {
      switch field.number {
      case 1: pieces.append(try Self.piece(field.bytes))
      case 2:
        for part in try ProtocolBufferField.fields(field.bytes) {
          if part.number == 3 { modelType = part.integer }
          // Numbers below zero are written as 64 bits.
          if (40...43).contains(part.number) { ids[part.number] = Int(Int32(truncatingIfNeeded: part.integer)) }
        }
      case 3:
        for part in try ProtocolBufferField.fields(field.bytes) {
          switch part.number {
          case 1: normalizer = String(decoding: part.bytes, as: UTF8.self)
          case 2: rewritesCharacters = !part.bytes.isEmpty
          case 3: addsSpace = part.integer != 0
          case 4: removesSpaces = part.integer != 0
          default: break
          }
        }
      default: break
      }
    }
  }

  private static func piece(_ bytes: ArraySlice<UInt8>) throws -> Piece {
    var piece = Piece()
    for field in try ProtocolBufferField.fields(bytes) {
      switch field.number {
      case 1: piece.text = Array(field.bytes)
      case 2: piece.score = Float(bitPattern: UInt32(truncatingIfNeeded: field.integer))
      case 3: piece.type = field.integer
      default: break
      }
    }
    return piece
  }

  private func tokenizer() throws -> TextTokenizer {
    func unsupported(_ found: String) -> TokenizerError { .unsupported(path: path, found: found) }
    guard !pieces.isEmpty else { throw VocabularyProblem("not a SentencePiece model: it has no pieces") }
    guard modelType == 2 else {
      throw unsupported("a SentencePiece model of type \(modelType == 1 ? "unigram" : "\(modelType)")")
    }
    guard !rewritesCharacters else { throw unsupported("a SentencePiece model with the normalizer \"\(normalizer)\"") }
    guard !removesSpaces else { throw unsupported("a SentencePiece model that removes extra white space") }
    var byteTokens = SentencePieceText.ByteTokens()
    var added: [AddedToken] = []
    for (id, piece) in pieces.enumerated() {
      switch piece.type {
      case 1, 5: break
      case 6: try byteTokens.insert(piece.text, id: id)
      case 2, 3, 4:
        guard let content = String(validating: piece.text, as: UTF8.self), !content.isEmpty else {
          throw VocabularyProblem("piece \(id) is empty or not valid UTF-8")
        }
        added.append(AddedToken(id: Int32(id), content: content, isSpecial: piece.type != 4))
      default: throw VocabularyProblem("piece \(id) is of the unknown type \(piece.type)")
      }
    }
    let scored = pieces.map {
      BytePairModel.ScoredToken(text: $0.type == 1 ? SentencePieceText.withSpaces($0.text) : [], score: $0.score)
    }
    var roles = TokenRoles()
    roles.unknown = id(40)
    roles.beginningOfSequence = id(41)
    roles.endOfSequence = id(42)
    roles.padding = id(43)
    var pipeline = TextPipeline()
    pipeline.spacePrefix = addsSpace ? .everySection : .none
    pipeline.stripsLeadingSpace = addsSpace
    // The file does not say; its programs put the beginning there.
    pipeline.beginning = [roles.beginningOfSequence].compactMap { $0 }
    var origin = TextTokenizer.Origin()
    origin.scores = pieces.map(\.score)
    return try TextTokenizer(
      model: .scored(scored, byteTokens: byteTokens.complete()), pipeline: pipeline, addedTokens: added, roles: roles,
      origin: origin)
  }

  private func id(_ field: Int) -> Int32? {
    guard let id = ids[field], pieces.indices.contains(id) else { return nil }
    return Int32(id)
  }
}

/// A field of a protocol-buffer message.
private struct ProtocolBufferField {
  let number: Int
  var integer = 0
  var bytes: ArraySlice<UInt8> = []

  static func fields(_ message: ArraySlice<UInt8>) throws -> [ProtocolBufferField] {
    var rest = message
    var fields: [ProtocolBufferField] = []
    while !rest.isEmpty {
      let tag = try variable(&rest)
      var field = ProtocolBufferField(number: Int(truncatingIfNeeded: tag >> 3))
      switch tag & 7 {
      case 0: field.integer = Int(truncatingIfNeeded: try variable(&rest))
      case 1: field.integer = Int(truncatingIfNeeded: fixed(try take(8, &rest)))
      case 2: field.bytes = try take(Int(clamping: try variable(&rest)), &rest)
      case 5: field.integer = Int(truncatingIfNeeded: fixed(try take(4, &rest)))
      default: throw VocabularyProblem("byte \(rest.startIndex): not a SentencePiece model (wire type \(tag & 7))")
      }
      fields.append(field)
    }
    return fields
  }

  private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard count <= rest.count else {
      throw VocabularyProblem("byte \(rest.startIndex): a field of \(count) bytes, but only \(rest.count) follow")
    }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  private static func fixed(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func variable(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw VocabularyProblem("the file ends within a number") }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw VocabularyProblem("byte \(rest.startIndex): a number of more than 64 bits")
  }
}
