import Templates

extension ChatTemplate {
  /// Looks for the name of every tool and of every call in a rendered text: a template may know of tools and leave some out
  /// all the same.
  /// - Throws: `ChatTemplateError.unwrittenTool`.
  func requireTools(_ tools: JinjaValue, and messages: [ChatMessage], in text: @autoclosure () -> [UInt8]) throws {
    let names = Set(tools.toolNames + messages.flatMap { $0.fields["tool_calls"]?.toolNames ?? [] })
    guard !names.isEmpty else { return }
    let text = text()
    for name in names.sorted() where Self.isWrittenAsItIs(name) {
      guard text.firstRange(of: Array(name.utf8)) != nil else {
        throw ChatTemplateError.unwrittenTool(template: self, name: name)
      }
    }
  }

  /// Other characters may be escaped.
  private static func isWrittenAsItIs(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
      }
  }
}

extension JinjaValue {
  /// The names in a list of tools, or of calls.
  fileprivate var toolNames: [String] {
    guard case .list(let elements) = self else { return [] }
    return elements.compactMap { element in
      guard case .dictionary(let tool) = element, case .dictionary(let function)? = tool["function"] else { return nil }
      return function.string("name")
    }
  }
}

extension JinjaValue {
  /// A message with another content and other calls, if it is one that calls tools.
  var withOtherCalls: JinjaValue? {
    guard case .dictionary(var message) = self, case .list(let calls)? = message["tool_calls"], !calls.isEmpty else {
      return nil
    }
    if let content = message.string("content"), !content.isEmpty { message["content"] = .string(content + "x") }
    message["tool_calls"] = .list(
      calls.map { call in
        guard case .dictionary(var call) = call, case .dictionary(var function)? = call["function"] else { return call }
        function["name"] = function.string("name").map { .string($0 + "x") }
        if case .dictionary(var arguments)? = function["arguments"] {
          arguments["x"] = "x"
          function["arguments"] = .dictionary(arguments)
        }
        call["function"] = .dictionary(function)
        return .dictionary(call)
      })
    return .dictionary(message)
  }
}

extension JinjaDictionary {
  /// The text under a key; nil when there is none.
  package func string(_ key: String) -> String? {
    guard case .string(let text)? = self[key] else { return nil }
    return text
  }
}
