import Templates
import Tokenization

/// Reads descriptions and calls of tools, as OpenAI's and ShareGPT's rows have them, into the form that a template takes.
struct ToolReader {
  private let template: ChatTemplate
  private let form: ToolCallForm?

  init(_ template: ChatTemplate) {
    self.template = template
    form = template.toolCallForm()
  }

  /// The content of an answer that only calls tools; nil: its empty text.
  var missingContent: JinjaValue? { form?.contentIsEmpty == true ? nil : JinjaValue.none }

  // MARK: Descriptions

  /// A list of descriptions, or its text in JSON. An empty list is none.
  func tools(_ value: JinjaValue, key: String) throws(RowProblem) -> JinjaValue {
    let expected = "a list of tools, each with \"function\" or with a \"name\" of its own"
    guard case .list(let elements) = try parsed(value, key: key, expected: expected) else {
      throw .wrongType(key: key, found: value.kind, expected: expected)
    }
    guard !elements.isEmpty else { return .none }
    guard template.describesTools else {
      throw .template(.noTools(template: template, what: "descriptions of tools (\"\(key)\")"))
    }
    var result: [JinjaValue] = []
    for (index, element) in elements.enumerated() {
      guard case .dictionary(let tool) = element else {
        throw .wrongType(key: "\(key)[\(index)]", found: element.kind, expected: "a tool, an object with a \"name\"")
      }
      guard tool["function"] != nil || tool.string("name") != nil else {
        throw .wrongType(
          key: "\(key)[\(index)]", found: "an object without \"function\" and \"name\"", expected: "one of them")
      }
      // What is not wrapped means the same.
      result.append(tool["function"] == nil ? ["type": "function", "function": element] : element)
    }
    return .list(result)
  }

  // MARK: Calls

  /// A list of calls, or one.
  func calls(_ value: JinjaValue, key: String) throws(RowProblem) -> JinjaValue {
    guard form != nil else {
      throw .template(.noTools(template: template, what: "calls of tools (\"\(key)\")"))
    }
    let expected = "the call of a tool, {\"name\": …, \"arguments\": {…}}, or a list of them"
    let parsed = try parsed(value, key: key, expected: expected)
    let elements: [JinjaValue] = if case .list(let elements) = parsed { elements } else { [parsed] }
    var result: [JinjaValue] = []
    for (index, element) in elements.enumerated() {
      let place = elements.count == 1 ? key : "\(key)[\(index)]"
      guard case .dictionary(var call) = element else {
        throw .wrongType(key: place, found: element.kind, expected: expected)
      }
      if call["function"] == nil { call = ["type": "function", "function": element] }
      guard case .dictionary(var function)? = call["function"], function.string("name")?.isEmpty == false else {
        throw .wrongType(key: place, found: "a call without a name", expected: expected)
      }
      if call["type"] == nil { call["type"] = "function" }
      function["arguments"] = try arguments(function["arguments"], key: place + ".arguments")
      call["function"] = .dictionary(function)
      result.append(.dictionary(call))
    }
    return .list(result)
  }

  /// A call in a text of its own, as ShareGPT has it, behind what was thought before.
  func call(in text: String, key: String) throws(RowProblem) -> (thought: String, calls: JinjaValue) {
    let start = text.ranges(of: "</think>").last?.upperBound ?? text.startIndex
    return (String(text[..<start]), try calls(.string(String(text[start...])), key: key))
  }

  private func arguments(_ value: JinjaValue?, key: String) throws(RowProblem) -> JinjaValue {
    let expected = "an object, or its text in JSON"
    var value = value ?? .dictionary([:])
    if [JinjaValue.none, .string("")].contains(value) { value = .dictionary([:]) }
    guard case .dictionary = try parsed(value, key: key, expected: expected) else {
      throw .wrongType(key: key, found: value.kind, expected: expected)
    }
    switch (value, form?.argumentsAreText == true) {
    case (.dictionary, true): return .string(try text(value, key: key))
    case (.string, false): return try parsed(value, key: key, expected: expected)
    default: return value
    }
  }

  private func text(_ value: JinjaValue, key: String) throws(RowProblem) -> String {
    do {
      return try value.jsonText()
    } catch {
      throw .unsupported(key: key, reason: "cannot be written as JSON: \(error)")
    }
  }

  /// What a text says in JSON; anything else as it is.
  private func parsed(_ value: JinjaValue, key: String, expected: String) throws(RowProblem) -> JinjaValue {
    guard case .string(let text) = value else { return value }
    do {
      return try JinjaValue(json: text)
    } catch {
      throw .wrongType(key: key, found: value.kind, expected: expected)
    }
  }
}

extension JinjaValue {
  /// What kind of value this is, for messages.
  var kind: String {
    switch self {
    case .none: "null"
    case .boolean(let value): "\(value)"
    case .integer(let value): "the number \(value)"
    case .float(let value): "the number \(value)"
    case .string(let value): "the string \"\(value.prefix(60))\""
    case .list(let elements): elements.isEmpty ? "an empty array" : "an array"
    case .dictionary(let members): members.isEmpty ? "an empty object" : "an object"
    }
  }
}
