import Foundation
import Templates
import Testing

import Tokenization

@Suite struct JinjaLanguageTests {
  /// What `Python/jinja_reference.py --snippets` wrote into the file.
  @Test func snippetsGiveWhatPythonsJinjaGives() throws {
    let document = try JinjaFixtures.json("snippets.json")
    guard case .dictionary(let variables)? = document["variables"], case .list(let snippets)? = document["snippets"]
    else { throw CocoaError(.fileReadCorruptFile) }
    #expect(snippets.count > 250)
    for case .dictionary(let snippet) in snippets {
      let template = snippet.text("template") ?? ""
      let expected: JinjaFixtures.Outcome
      switch (snippet.text("text"), snippet.text("kind")) {
      case (let text?, _): expected = .text(text)
      case (nil, "raised"): expected = .raised(snippet.text("error") ?? "")
      default: expected = .error
      }
      #expect(try JinjaFixtures.Outcome(template, variables) == expected, "\(template)")
    }
  }

  @Test func errorsSayWhereAndWhat() throws {
    func error(_ template: String) -> JinjaError? {
      do {
        _ = try JinjaTemplate(template).render(["user": ["name": "Ann"]])
        return nil
      } catch { return error as? JinjaError }
    }
    let cases: [(String, JinjaError.Kind, Int, String)] = [
      ("a\n\n{{ x.y }}", .undefined, 3, "'x' is undefined"),
      ("{{ user.age.x }}", .undefined, 1, "'dict object' has no attribute 'age'"),
      ("\n{% for a in 5 %}{% endfor %}", .type, 2, "'int' object is not iterable"),
      ("{% set x = [] %}\n{{ x.append(1) }}", .security, 2, "access to attribute 'append' of 'list' object is unsafe."),
      ("{# a\n#}\n{{ raise_exception('own') }}", .raised, 3, "own"),
      ("\n{% if x %}", .syntax, 2, "the block that begins here has no end; expected '{% endif %}'"),
      ("{% include 'x' %}", .unsupported, 1, "the tag 'include' is not supported"),
      ("{% for x in [] recursive %}{% endfor %}", .unsupported, 1, "recursive loops are not supported"),
      ("{{ 'a' | urlize }}", .unsupported, 1, "the filter 'urlize' is not supported"),
      ("{{ 9223372036854775807 + 1 }}", .unsupported, 1, "9223372036854775807 + 1 does not fit into 64 bits"),
      ("{{ 9223372036854775808 }}", .unsupported, 1, "the number 9223372036854775808 does not fit into 64 bits"),
      ("{{ 'a'.swapcase() }}", .unsupported, 1, "the method 'swapcase' of a str is not supported"),
    ]
    for (template, kind, line, message) in cases {
      let found = error(template)
      #expect(
        found?.kind == kind && found?.line == line && found?.message == message,
        "\(template): \(String(describing: found))")
    }
    #expect(error("{{ raise_exception('own') }}").map { "\($0)" } == "own")
    #expect(
      error("{{ raise_exception('') }}").map { "\($0)" }
        == "line 1: the template called raise_exception, without a message")
    #expect(error("\n{{ x.y }}").map { "\($0)" } == "line 2: 'x' is undefined")
  }

  @Test func generationBlocksAreLocatedInBytes() throws {
    let template = try JinjaTemplate(
      "é{% for m in messages %}{% generation %}{{ m }}!{% endgeneration %};{% endfor %}")
    #expect(template.hasGenerationBlocks)
    let rendering = try template.renderMarkingGeneration(["messages": ["ü", "b"]])
    #expect(rendering.text == "éü!;b!;")
    #expect(rendering.generationRanges == [2..<5, 6..<8])
    // In a macro it is not known where the text will stand.
    let hidden = try JinjaTemplate("{% macro m() %}{% generation %}x{% endgeneration %}{% endmacro %}a{{ m() }}")
    #expect(try hidden.renderMarkingGeneration([:]).generationRanges.isEmpty)
  }

  @Test func jsonKeepsTheOrderOfKeys() throws {
    let value = try JinjaValue(json: #"{"b": 1, "a": [1.0, null, true, "\u00e9\ud83d\ude00"], "b": 2}"#)
    guard case .dictionary(let dictionary) = value else { throw CocoaError(.fileReadCorruptFile) }
    #expect(dictionary.entries.map(\.key) == ["b", "a"] && dictionary["b"] == 2)
    #expect(dictionary["a"] == [.float(1), .none, true, "é😀"])
    for text in ["", "{", "[1,]", "{\"a\" 1}", "01", "\"\\x\"", "\"\\ud800\"", "nul", "1 2", "[99999999999999999999]"] {
      #expect(throws: JinjaError.self, "\(text)") { try JinjaValue(json: text) }
    }
    #expect(throws: JinjaError.self) { try JinjaValue(json: String(repeating: "[", count: 100_000)) }
  }
}
