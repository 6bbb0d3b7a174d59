import Templates

/// Where the answers lie in the text of a conversation.
struct AnswerSpans {
  /// Of one answer, its last token, the one that ends it, included.
  struct Span: Equatable {
    let messageIndex: Int
    let range: Range<Int>
  }

  let conversation: GuardedConversation
  /// The messages whose answers are sought.
  let roles: [ChatMessage.Role]
  let contents: [String]
  /// The special token that ends an answer.
  let endTokenID: Int32?
  /// Whether the text ends with the beginning of another answer.
  let hasPrompt: Bool

  /// - Parameter isNeeded: whether an answer must be found; others are left out where their bounds are not certain.
  /// - Throws: `ChatTemplateError.unclearAnswer` for a needed answer whose bounds are not certain.
  func spans(
    in text: [UInt8], generationRanges: [Range<Int>], where isNeeded: (_ message: Int) -> Bool
  ) throws -> [Span] {
    let answers = roles.indices.filter { roles[$0] == .assistant }
    var result: [Span] = []
    if conversation.template.program.hasGenerationBlocks {
      guard generationRanges.count == answers.count else {
        guard answers.contains(where: isNeeded) else { return [] }
        throw unclear(
          answers.first ?? 0,
          "the template marks \(generationRanges.count) texts with {% generation %} for \(answers.count) answers")
      }
      for (index, range) in zip(answers, generationRanges) {
        result.append(Span(messageIndex: index, range: range.lowerBound..<endOfTurn(after: range.upperBound, in: text)))
      }
      return result
    }
    for index in answers {
      let span: Span
      do {
        span = try self.span(of: index, in: text)
      } catch {
        guard isNeeded(index) else { continue }
        throw error
      }
      guard span.range.lowerBound >= result.last?.range.upperBound ?? 0 else {
        throw unclear(index, "its text begins before the answer before it ends")
      }
      result.append(span)
    }
    return result
  }

  /// An answer is what stands between the prompt that asks for it and the end of its turn.
  private func span(of index: Int, in text: [UInt8]) throws -> Span {
    let prompt: [UInt8]
    do {
      prompt = try conversation.rendering(first: index, prompt: true).bytes
    } catch let error as ChatTemplateError {
      throw unclear(index, "the prompt before it cannot be written (\(error))")
    }
    guard text.starts(with: prompt) else {
      throw unclear(index, "the prompt that asks for it is not how the template writes it among the other messages")
    }
    let start = prompt.count
    if let turn = try? conversation.rendering(first: index + 1, prompt: false).bytes, turn.count >= start,
      text.starts(with: turn)
    {
      return Span(messageIndex: index, range: start..<(lastEnd(in: text, start..<turn.count) ?? turn.count))
    }
    // Among others a template may write an answer in another way than as the last, such as without its reasoning. It is
    // clear all the same if it begins with the content and a special token follows.
    let calls = conversation.messages[index].withOtherCalls != nil
    for content in [contents[index], Self.trimmed(contents[index])] where !content.isEmpty && !calls {
      let bytes = Array(guarded(content).utf8)
      guard text[start...].starts(with: bytes) else { continue }
      let end = start + bytes.count
      if let token = special(at: end, in: text), endTokenID == nil || token.id == endTokenID {
        return Span(messageIndex: index, range: start..<token.end)
      }
    }
    if let end = endOfCalls(of: index, from: start, in: text) { return Span(messageIndex: index, range: start..<end) }
    throw unclear(index, "the template writes it in another way when messages follow than when none does")
  }

  /// Of an answer that calls tools, the end of the first token that ends answers, if nothing of the answer stands behind it:
  /// another text of it changes only what lies before.
  private func endOfCalls(of index: Int, from start: Int, in text: [UInt8]) -> Int? {
    guard let other = conversation.messages[index].withOtherCalls,
      let end = firstEnd(in: text, start..<text.count),
      let changed = try? conversation.rendering(replacing: index, by: other, prompt: hasPrompt)
    else { return nil }
    let prefix = zip(text, changed).prefix { $0 == $1 }.count
    let suffix = zip(text.reversed(), changed.reversed()).prefix { $0 == $1 }.count
    return prefix >= start && prefix < end && suffix >= text.count - end ? end : nil
  }

  private func guarded(_ content: String) -> String {
    conversation.guarding.map { conversation.specials.guarded(content, with: $0) } ?? content
  }

  private static func trimmed(_ text: String) -> String {
    var scalars = text.unicodeScalars[...].drop(while: \.isPythonSpace)
    while scalars.last?.isPythonSpace == true { scalars.removeLast() }
    return String(scalars)
  }

  private func unclear(_ index: Int, _ reason: String) -> ChatTemplateError {
    .unclearAnswer(template: conversation.template, messageIndex: index, reason: reason)
  }

  private func special(at index: Int, in text: [UInt8]) -> (id: Int32, end: Int)? {
    guard index < text.count, let token = conversation.specials.token(in: text, at: index) else { return nil }
    return (token.id, index + token.length)
  }

  /// The end of the last token in `range` that ends answers.
  private func lastEnd(in text: [UInt8], _ range: Range<Int>) -> Int? {
    var end: Int?
    for case .special(let id, let place) in conversation.specials.pieces(of: Array(text[range])) where id == endTokenID
    {
      end = range.lowerBound + place.upperBound
    }
    return end
  }

  /// The end of the first token in `range` that ends answers.
  private func firstEnd(in text: [UInt8], _ range: Range<Int>) -> Int? {
    for case .special(let id, let place) in conversation.specials.pieces(of: Array(text[range])) where id == endTokenID
    {
      return range.lowerBound + place.upperBound
    }
    return nil
  }

  /// Behind the token that ends answers, if it stands at `index`.
  private func endOfTurn(after index: Int, in text: [UInt8]) -> Int {
    guard let token = special(at: index, in: text), token.id == endTokenID else { return index }
    return token.end
  }
}
