import FileFormats
import Tokenization

/// What is wrong with one row of a file of examples.
public enum RowProblem: Error, Equatable, Sendable {
  public typealias Format = InstructionConfiguration.Format

  case invalidJSON(reason: String)
  /// Longer than what is read of one row.
  /// - Parameter bytes: nil where its end was not found.
  case rowTooLarge(bytes: Int?, limit: Int)
  case notAnObject(found: String)
  case unknownShape(NearestShape)
  /// The rows lie under a key of one large object.
  case rowsUnderKey(String)
  /// Another shape than that of the rows before, or than `format` says.
  case otherShape(found: Format, expected: Format)
  case missingKeys([String], expected: Format)
  /// Nothing lies where the recipe says that `key` is.
  case missingColumn(key: String, path: String)
  case wrongType(key: String, found: String, expected: String)
  case noMessages(key: String)
  case missingRole(message: Int, key: String, keys: [String])
  case unknownRole(message: Int, role: String)
  case missingContent(message: Int, key: String, keys: [String])
  case emptyAnswer(message: Int?)
  case noAnswer(roles: [String])
  case emptyText
  /// The row says itself that it is not to be learnt, or is a bad answer.
  case notLearnt(key: String, value: String)
  /// One message of a conversation whose others are other rows.
  /// - Parameter key: what refers to the others.
  case singleMessage(role: String, key: String)
  /// Nothing says whether the answer is a good one.
  case noLabel
  /// Something that would change what is learnt and that is not implemented.
  case unsupported(key: String, reason: String)
  case template(ChatTemplateError)
  case sameAnswers
  case noSharedPrompt(reason: String)
  /// What both answers answer to stands under several keys, in different words.
  case severalPrompts(keys: [String])
  /// One answer that is good or bad, where pairs are expected.
  case labelledAnswer(key: String)
  case nothingTrained
  /// - Parameter limit: the most tokens of a row.
  case tooLong(tokens: Int, limit: Int)
}

extension RowProblem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidJSON, .rowTooLarge, .notAnObject, .unknownShape, .rowsUnderKey, .otherShape, .missingKeys,
      .missingColumn,
      .wrongType:
      shapeDescription
    case .noMessages, .missingRole, .unknownRole, .missingContent, .emptyAnswer, .noAnswer: messageDescription
    default: contentDescription
    }
  }

  private var shapeDescription: String {
    switch self {
    case .invalidJSON(let reason): "is not valid JSON: \(reason). Correct it there."
    case .rowTooLarge(let bytes, let limit):
      """
      has \(bytes.map { "\($0) bytes" } ?? "more bytes"), the most of one row are \(limit). Cut what it says into several \
      rows; a long text alone is for recipe: pretrain.
      """
    case .notAnObject(let found):
      "is \(found), expected an object with keys, as in \(Format.promptCompletion.example). Wrap it in one."
    case .unknownShape(let nearest):
      """
      has none of the known shapes. Nearest: \(nearest.format.rawValue), as in \(nearest.format.example). \(nearest.advice), \
      or see the other shapes with `bitnet data --help`.
      """
    case .rowsUnderKey(let key):
      """
      holds the rows in an array under "\(key.printable())". Write that array alone into a file (jq '.["\(key.printable())"]').
      """
    case .otherShape(.preference, let expected):
      """
      has the shape preference, expected \(expected == .auto ? "examples with one answer each" : expected.rawValue). \
      Train on pairs with recipe: dpo, or kto.
      """
    case .otherShape(let found, let expected):
      """
      has the shape \(found.rawValue), expected \(expected.rawValue) as in \(expected.example). All rows of a file \
      have one shape: change the row, move it to another file, or set dataset.format.
      """
    case .missingKeys(let keys, let expected):
      """
      has no \(keys.map { "\"\($0)\"" }.joined(separator: ", no ")), expected \(expected.rawValue) as in \
      \(expected.example), the shape of the rows before or of dataset.format. Add what is missing.
      """
    case .missingColumn(let key, let path):
      "has no \"\(path)\", where dataset.columns says that \"\(key)\" is. Add it, or correct dataset.columns."
    case .wrongType(let key, let found, let expected):
      "\"\(key)\" is \(found), expected \(expected). Change the value."
    default: ""
    }
  }

  private var messageDescription: String {
    switch self {
    case .noMessages(let key): "\"\(key)\" has no message. Expected at least a question and an answer; remove the row."
    case .missingRole(let message, let key, let keys):
      """
      message \(message + 1) has no role: there is no key "\(key)" (it has \(Self.list(keys))). Add it, with one of \
      \(MessageReader.roleNames).
      """
    case .unknownRole(let message, let role):
      "message \(message + 1) has the role \"\(role)\". Expected one of \(MessageReader.roleNames); rename it."
    case .missingContent(let message, let key, let keys):
      "message \(message + 1) says nothing: there is no key \"\(key)\" (it has \(Self.list(keys))). Add it."
    case .emptyAnswer(let message):
      """
      \(message.map { "message \($0 + 1), an answer," } ?? "the answer") is empty. A model that learns it says nothing; \
      write an answer or remove the row.
      """
    case .noAnswer(let roles):
      """
      no message is an answer (the roles are \(Self.list(roles))). Expected one of the role assistant, which is what is \
      learnt; add it or remove the row.
      """
    default: ""
    }
  }

  private var contentDescription: String {
    switch self {
    case .emptyText: "\"text\" is empty. Write a text or remove the row."
    case .unsupported(let key, let reason): "\"\(key)\" \(reason). Remove it, or the row."
    case .notLearnt(let key, let value):
      """
      "\(key)" is \(value): the row is not to be learnt, or its answer is a bad one, but rows of a file are all learnt as \
      good ones. Remove such rows (jq -c 'select(.\(key) != \(value))'), or train with recipe: kto, which avoids bad answers; \
      pairs of good and bad ones are for recipe: dpo.
      """
    case .singleMessage(let role, let key):
      """
      is one message, of the role \(role.printable(limit: 20)), whose "\(key)" refers to others: each would be learnt as a text of \
      its own. Put the messages of a conversation into one row, as in \(Format.messages.example).
      """
    case .noLabel:
      """
      has no label, expected "label" (or kto_tag, is_chosen) with true for a good answer or false for a bad one, or a pair \
      with "chosen" and "rejected". Add it; rows that are all good are for recipe: sft.
      """
    case .template(let error): "\(error)"
    case .sameAnswers:
      "chosen and rejected are the same once written with the chat template, so nothing is preferred. Remove the row."
    case .noSharedPrompt(let reason):
      """
      \(reason). Expected one conversation with two endings: add "prompt", or let chosen and rejected begin with the \
      same messages and go on with an answer each.
      """
    case .severalPrompts(let keys):
      """
      has several prompts that differ: \(keys.map { "\"\($0)\"" }.joined(separator: ", ")). Expected one of \
      \(PreferencePrompt.names) for chosen and rejected; remove the others.
      """
    case .labelledAnswer(let key):
      """
      has one answer, and "\(key)" says whether it is good; expected pairs as in \(Format.preference.example). Train on \
      labelled answers with recipe: kto.
      """
    case .nothingTrained: "none of its tokens is trained. Expected an answer; write one or remove the row."
    case .tooLong(let tokens, let limit):
      """
      has \(tokens) tokens, the most that fit are \(limit) (max_seq_len and the last one, which is only predicted). \
      Raise max_seq_len, or set dataset.overlong to truncate, drop or split.
      """
    default: ""
    }
  }

  private static func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.joined(separator: ", ") }
}
