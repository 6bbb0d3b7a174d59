import Templates
import Tokenization

/// Finds calls of tools in an answer as it comes. What may become a call is held back until that is decided; what does not become
/// one is text.
public struct ToolCallReader: Sendable {
  /// A part of an answer.
  public struct Part: Equatable, Sendable {
    public var text = ""
    public var calls: [ToolCall] = []

    public init(text: String = "", calls: [ToolCall] = []) { (self.text, self.calls) = (text, calls) }
  }

  private let syntax: ToolCallSyntax
  /// A bare object that calls none of them is an answer in JSON.
  private let names: Set<String>
  private var held = ""
  private var isInCall = false
  /// Nothing but white space has come.
  private var isAtStart = true
  private var hasCalls = false

  public init(_ syntax: ToolCallSyntax, tools names: Set<String>) { (self.syntax, self.names) = (syntax, names) }

  /// Takes the next text.
  public mutating func read(_ text: String) -> Part {
    held += text
    switch syntax {
    case .tagged:
      // Both marks end with it; a long call is not searched again for every token of it.
      return isInCall && !text.contains(">") ? Part() : readTagged()
    case .bare: return readBare()
    }
  }

  /// What was held back, once nothing more comes.
  public mutating func finish() -> Part {
    defer { (held, isInCall) = ("", false) }
    switch syntax {
    case .tagged:
      guard isInCall else { return Part(text: hasCalls ? textBesideCalls(held) : held) }
      // Some models leave the mark out that closes a call, and a stop string may be this mark.
      return call(in: held).map { Part(calls: [$0]) } ?? Part(text: ToolCallSyntax.opening + held)
    case .bare:
      let calls = bareCalls()
      return calls.isEmpty ? Part(text: held) : Part(calls: calls)
    }
  }

  // MARK: - Tagged calls

  private mutating func readTagged() -> Part {
    var part = Part()
    while true {
      let mark = isInCall ? ToolCallSyntax.closing : ToolCallSyntax.opening
      guard let place = held.firstRange(of: mark) else { break }
      let before = String(held[..<place.lowerBound])
      held = String(held[place.upperBound...])
      if !isInCall {
        part.text += textBesideCalls(before)
      } else if let call = call(in: before) {
        part.calls.append(call)
        hasCalls = true
      } else {
        part.text += ToolCallSyntax.opening + before + ToolCallSyntax.closing
      }
      isInCall.toggle()
    }
    guard !isInCall else { return part }
    // White space may turn out to be what stands in front of a call.
    let kept = Self.lengthOfBeginning(of: ToolCallSyntax.opening, endOf: held)
    let released = String(held.unicodeScalars.dropLast(kept))
    let text = String(released.trimmingEnd)
    held = String(held.unicodeScalars.dropFirst(text.unicodeScalars.count))
    part.text += text
    return part
  }

  /// White space between calls says nothing, nor does it in front of them.
  private func textBesideCalls(_ text: String) -> String { text.allSatisfy(\.isWhitespace) ? "" : text }

  /// Of the longest end of a text that a mark begins with, in scalars.
  private static func lengthOfBeginning(of mark: String, endOf text: String) -> Int {
    let (mark, text) = (Array(mark.unicodeScalars), Array(text.unicodeScalars.suffix(mark.unicodeScalars.count - 1)))
    return stride(from: text.count, to: 0, by: -1).first { mark.starts(with: text.suffix($0)) } ?? 0
  }

  // MARK: - Bare calls

  private mutating func readBare() -> Part {
    guard isAtStart else { return release() }
    guard let first = held.first(where: { !$0.isWhitespace }) else { return Part() }
    // Whether it is a call is known when it is whole.
    guard first != "{" else { return Part() }
    isAtStart = false
    return release()
  }

  private mutating func release() -> Part {
    defer { held = "" }
    return Part(text: held)
  }

  private func bareCalls() -> [ToolCall] {
    guard isAtStart, let call = call(in: held), names.contains(call.name) else { return [] }
    return [call]
  }

  // MARK: - Both

  private func call(in text: String) -> ToolCall? {
    guard case .dictionary(let members)? = try? JinjaValue(json: text), case .string(let name)? = members["name"] else {
      return nil
    }
    switch members[syntax.argumentsKey] {
    case .string(let text)?: return ToolCall(name: name, arguments: text)
    case .dictionary(let arguments)?:
      return (try? JinjaValue.dictionary(arguments).jsonText()).map { ToolCall(name: name, arguments: $0) }
    case nil, JinjaValue.none?: return ToolCall(name: name, arguments: "{}")
    default: return nil
    }
  }
}

extension String {
  /// Without white space at the end.
  fileprivate var trimmingEnd: Substring {
    let end = lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex
    return self[..<end]
  }
}
