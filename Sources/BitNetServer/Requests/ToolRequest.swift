import FileFormats
import Inference
import Serving
import Templates
import Tokenization

/// `tools` and what goes with them: what a model may call, and how its answer is read.
struct ToolRequest {
  private static let limit = 128

  /// As the template gets them; none where nothing may be called.
  let descriptions: JinjaValue
  /// How the answer is read; nil: as text.
  let syntax: ToolCallSyntax?
  let names: Set<String>
  /// What the answer must be, where a tool must be called.
  let constraint: TokenConstraint?
  /// End the answer behind its first call, where only one may be made.
  let stopStrings: [String]

  private static let none = ToolRequest(
    descriptions: .none, syntax: nil, names: [], constraint: nil, stopStrings: [])

  static func read(_ body: JSONDocument, _ reader: RequestReader, _ model: ServedModel) throws -> ToolRequest {
    let elements = try reader.array("tools", atMost: limit) == nil ? [] : body["tools"]?.elements ?? []
    let tools = try elements.enumerated().map { try ToolDescription($1, at: "tools[\($0)]") }
    let allowed = try allowed(reader, tools)
    let isSingle = try reader.boolean("parallel_tool_calls") == false
    guard let allowed else { return .none }
    switch allowed {
    case .anything: try requireNoStrictness(elements)
    case .calls(let callable): try requireObjects(elements, of: callable, tools)
    }
    guard let syntax = model.chatTemplate?.toolCallSyntax() else { throw unknownTools(model) }
    try requireTextMarks(syntax, model)
    return ToolRequest(
      descriptions: .list(try elements.map { try $0.inOrder() }), syntax: syntax, names: Set(tools.map(\.name)),
      constraint: try constraint(allowed, of: tools, syntax, model),
      stopStrings: isSingle && syntax == .tagged ? [ToolCallSyntax.closing] : [])
  }

  private enum Allowed {
    case anything
    /// Nothing but a call of one of these.
    case calls(of: [ToolDescription])
  }

  /// - Returns: nil, where no tool may be called.
  private static func allowed(_ reader: RequestReader, _ tools: [ToolDescription]) throws -> Allowed? {
    let key = "tool_choice"
    switch reader.value(key) {
    case nil, "auto": return tools.isEmpty ? nil : .anything
    case "none": return nil
    case let choice?:
      guard !tools.isEmpty else {
        throw APIError.invalid("\(key) asks for a call, and there are no tools.", param: key)
      }
      if choice == "required" { return .calls(of: tools) }
      guard choice["type"] == "function", let name = choice["function"]?["name"]?.stringValue,
        choice.objectValue?.count == 2, choice["function"]?.objectValue?.count == 1
      else {
        throw APIError.wrongType(key, choice, expected: "none, auto, required, or an object that names a function")
      }
      guard let tool = tools.first(where: { $0.name == name }) else {
        throw APIError.invalid("\(key) names \"\(name.printable())\", which is none of the tools.", param: key)
      }
      return .calls(of: [tool])
    }
  }

  /// Where a model may also write words, what it writes into a call is not held to a schema.
  private static func requireNoStrictness(_ elements: [JSONDocument]) throws {
    for (number, element) in elements.enumerated() where element.value["function"]?["strict"] == true {
      throw APIError.unsupported(
        "tools[\(number)].function.strict",
        "schemas are followed where a call must be made: with tool_choice \"required\" or one that names a function")
    }
  }

  /// A call is read as one where its arguments are an object.
  private static func requireObjects(
    _ elements: [JSONDocument], of callable: [ToolDescription], _ tools: [ToolDescription]
  ) throws {
    for (number, element) in elements.enumerated() where callable.contains(tools[number]) {
      guard let parameters = element.value["function"]?["parameters"], ![.null, [:]].contains(parameters),
        parameters["type"] != "object"
      else { continue }
      throw APIError.wrongType(
        "tools[\(number)].function.parameters.type", parameters["type"] ?? .null,
        expected: "\"object\", which the arguments of a call are")
    }
  }

  private static func constraint(
    _ allowed: Allowed, of tools: [ToolDescription], _ syntax: ToolCallSyntax, _ model: ServedModel
  ) throws -> TokenConstraint? {
    guard case .calls(let callable) = allowed else { return nil }
    do {
      return TokenConstraint(try .call(syntax, of: callable), vocabulary: model.vocabulary)
    } catch let error as ToolSchemaError {
      let number = tools.firstIndex { $0.name == callable[error.tool].name } ?? 0
      throw APIError(error.error, at: "tools[\(number)].function.parameters")
    }
  }

  private static func unknownTools(_ model: ServedModel) -> APIError {
    guard let template = model.chatTemplate else {
      return .unsupported("tools", "the model has no chat template that could describe them")
    }
    let name = template.name.printable()
    return template.describesTools
      ? .unsupported(
        "tools", "the calls of the model's chat template (\(name)) are written in a way that is not read here")
      : .unsupported("tools", "the model's chat template (\(name)) has no words for them")
  }

  /// Marks that are special tokens are no part of an answer's text, where they are looked for.
  private static func requireTextMarks(_ syntax: ToolCallSyntax, _ model: ServedModel) throws {
    guard syntax == .tagged, model.tokenizer.specialTokenID(ToolCallSyntax.opening) != nil else { return }
    throw APIError.unsupported(
      "tools", "\(ToolCallSyntax.opening) is a special token of the model, and answers have none of these")
  }
}

extension ToolDescription {
  fileprivate init(_ document: JSONDocument, at place: String) throws {
    let value = document.value
    guard value.objectValue != nil else { throw APIError.wrongType(place, value, expected: "an object") }
    guard value["type"] == "function" else {
      throw APIError.unsupported("\(place).type", "tools are of the type \"function\"")
    }
    guard let function = document["function"], function.value.objectValue != nil else {
      throw APIError.missing("\(place).function", expected: "an object with a \"name\"")
    }
    guard let name = function.value["name"]?.stringValue, (1...64).contains(name.utf8.count),
      name.utf8.allSatisfy(Self.isPlain)
    else {
      throw APIError.wrongType(
        "\(place).function.name", function.value["name"] ?? .null,
        expected: "a string of 1 to 64 letters, digits, underscores and hyphens")
    }
    if let strict = function.value["strict"], ![.null, .boolean(true), .boolean(false)].contains(strict) {
      throw APIError.wrongType("\(place).function.strict", strict, expected: "true or false")
    }
    let parameters = function["parameters"]
    guard parameters.map({ $0.value == .null || $0.value.objectValue != nil }) ?? true else {
      throw APIError.wrongType("\(place).function.parameters", parameters?.value ?? .null, expected: "a JSON Schema")
    }
    self.init(
      name: name,
      parameters: parameters.map { [.null, [:]].contains($0.value) } ?? true ? nil : try parameters?.inOrder())
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
    default: false
    }
  }
}
