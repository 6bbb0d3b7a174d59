import Templates

/// A conversation that is written with a template so that contents stay contents: texts of special tokens in them never
/// become special tokens.
///
/// Such a text gets a character that occurs nowhere else put into it before the template sees it, and loses it again
/// after the special tokens of the rendered text were found. That the template does nothing else because of it is checked
/// against a rendering without it.
struct GuardedConversation {
  let template: ChatTemplate
  let specials: SpecialTokenTexts
  let messages: [JinjaValue]
  let tools: JinjaValue
  /// nil when no content has the text of a special token.
  let guarding: Unicode.Scalar?
  private let plain: [JinjaValue]
  private let plainTools: JinjaValue

  init(_ template: ChatTemplate, _ messages: [ChatMessage], tools: JinjaValue, _ specials: SpecialTokenTexts) {
    self.template = template
    self.specials = specials
    plain = messages.map { .dictionary($0.variables) }
    plainTools = tools
    let all = JinjaValue.list(plain + [tools])
    guard all.hasText(where: specials.occur) else {
      (self.messages, self.tools, guarding) = (plain, tools, nil)
      return
    }
    let guarding = Self.unusedScalar(in: all, and: template)
    self.guarding = guarding
    self.messages = plain.map { message in message.mappingTexts { specials.guarded($0, with: guarding) } }
    self.tools = tools.mappingTexts { specials.guarded($0, with: guarding) }
  }

  /// A character for private use that neither the conversation nor the template has.
  private static func unusedScalar(in value: JinjaValue, and template: ChatTemplate) -> Unicode.Scalar {
    for code in UInt32(0xF0000)...0xFFFFD {
      guard let scalar = Unicode.Scalar(code) else { continue }
      let isUsed =
        value.hasText { $0.unicodeScalars.contains(scalar) } || template.jinja.unicodeScalars.contains(scalar)
      if !isUsed { return scalar }
    }
    preconditionFailure("a conversation uses all of the 65534 characters for private use in plane 15")
  }

  /// The text of the first messages, guarded.
  /// - Throws: `ChatTemplateError`.
  func rendering(first count: Int, prompt: Bool) throws -> (bytes: [UInt8], generationRanges: [Range<Int>]) {
    let rendering = try template.rendering(.list(Array(messages.prefix(count))), tools, prompt)
    let bytes = Array(rendering.text.utf8)
    if guarding != nil {
      let plainText = try template.rendering(.list(Array(plain.prefix(count))), plainTools, prompt).text
      guard unguarded(bytes[...]) == Array(plainText.utf8) else {
        throw ChatTemplateError.specialTextInContent(template: template)
      }
    }
    return (bytes, rendering.generationRanges)
  }

  /// The text with another message in the place of one.
  /// - Throws: `ChatTemplateError`.
  func rendering(replacing index: Int, by message: JinjaValue, prompt: Bool) throws -> [UInt8] {
    var changed = messages
    changed[index] = message
    return Array(try template.rendering(.list(changed), tools, prompt).text.utf8)
  }

  /// Without the characters that guard.
  func unguarded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard let guarding else { return Array(bytes) }
    var text = String(decoding: bytes, as: UTF8.self).unicodeScalars
    text.removeAll { $0 == guarding }
    return Array(String(text).utf8)
  }
}
