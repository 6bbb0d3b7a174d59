import Foundation
import Templates
import Testing

import Tokenization

/// Templates from anywhere: an error or a text, never a crash, and an end in any case.
@Suite struct HostileTemplatesTests {
  private static let limits = JinjaLimits(steps: 100_000, outputBytes: 1 << 20, textBytes: 1 << 20)

  @Test(arguments: [
    "{{ 'a' * 10 ** 12 }}", "{{ 'a' * 2000000 }}", "{{ [0] * 10 ** 15 }}", "{{ range(10 ** 18) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% set ns = namespace(s='a') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s='aa') %}{% for i in range(99) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}",
    "{% set ns = namespace(l=[1]) %}{% for i in range(90) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l == ns.l }}",
    "{% set ns = namespace(l=(1,)) %}{% for i in range(90) %}{% set ns.l = (ns.l, ns.l) %}{% endfor %}{{ {ns.l: 1} }}",
    "{{ '%1000000000d' % 1 }}", "{{ '{:1000000000}'.format(1) }}", "{{ 'a'.center(10 ** 12) }}",
    "{{ ('a\\n' * 9999) | indent(99999) }}", "{{ ('a' * 9999) | list | join('b' * 9999) }}",
    "{{ [1] | tojson(indent=10 ** 10) }}", "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}",
    "{{ [1, 2] | batch(10 ** 9, 0) | list }}", "{{ [1] | slice(10 ** 12) | list }}",
  ])
  func whatWouldNeverEndIsStopped(template: String) throws {
    let error = #expect(throws: JinjaError.self) {
      try JinjaTemplate(template).render([:], limits: Self.limits)
    }
    #expect(error?.kind == .limit || error?.message.contains("MAX_RANGE") == true, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("(", "1", ")"), ("[", "", "]"), ("{'a':", "1", "}"), ("-", "1", ""), ("not ", "1", ""), ("a|default(", "1", ")"),
    ("", "a", ".b"), ("", "a", "[0]"), ("", "a", "|upper"), ("1+", "1", ""), ("1 if ", "1", ""), ("a(", "", ")"),
    ("", "1", " is odd"), ("1 and ", "1", ""), ("2**", "1", ""),
  ])
  func deepNestingIsRefused(before: String, middle: String, after: String) throws {
    let count = 50_000
    let expression = String(repeating: before, count: count) + middle + String(repeating: after, count: count)
    let error = #expect(throws: JinjaError.self) { try JinjaTemplate("{{ \(expression) }}").render([:]) }
    #expect(error?.kind == .limit || error?.kind == .syntax)
  }

  @Test func deepBlocksAreRefused() throws {
    for (opening, closing) in [("{% if 1 %}", "{% endif %}"), ("{% for x in [1] %}", "{% endfor %}")] {
      let template = String(repeating: opening, count: 20_000) + String(repeating: closing, count: 20_000)
      #expect(throws: JinjaError.self) { try JinjaTemplate(template) }
    }
  }

  /// Threads of other programs have little stack, and the deepest template that is allowed must do with it.
  @Test func theDeepestNestingFitsASmallStack() throws {
    let template = "{% macro m(n) %}{% if n %}{{ [m(n - 1)] | join | trim }}{% endif %}{% endmacro %}{{ m(1000) }}"
    let thread = Thread {
      #expect(throws: JinjaError.self) { try JinjaTemplate(template).render([:]) }
      let brackets = String(repeating: "(", count: 90) + "1" + String(repeating: ")", count: 90)
      #expect((try? JinjaTemplate("{{ \(brackets) }}").render([:])) == "1")
    }
    thread.stackSize = 512 << 10
    thread.start()
    while !thread.isFinished { usleep(1000) }
  }

  @Test func scopesAndNamespacesThatHoldThemselvesEnd() throws {
    let templates = [
      "{% set ns = namespace() %}{% set ns.a = ns %}{% set ns.b = [ns] %}{{ ns.b | length }}",
      "{% set ns = namespace(p=none) %}{% for i in range(20000) %}{% set n = namespace(p=ns.p) %}{% set ns.p = n %}{% endfor %}1",
      "{% set ns = namespace(f=none) %}{% macro a() %}{% macro b() %}{{ 1 }}{% endmacro %}{% set ns.f = b %}{% endmacro %}"
        + "{{ a() }}{{ ns.f() }}",
    ]
    for template in templates { #expect(try JinjaTemplate(template).render([:]) == "1") }
  }

  /// 10,000 templates with bytes changed, and as many inputs.
  @Test func mutatedTemplatesDoNotCrash() throws {
    let document = try JinjaFixtures.json("snippets.json")
    guard case .dictionary(let variables)? = document["variables"], case .list(let snippets)? = document["snippets"]
    else { throw CocoaError(.fileReadCorruptFile) }
    var sources = snippets.compactMap { snippet -> String? in
      if case .dictionary(let snippet) = snippet { snippet.text("template") } else { nil }
    }
    let conversations = try JinjaFixtures.conversations()
    if JinjaFixtures.hasTemplates { sources += try JinjaFixtures.templates().map(\.source) }
    let pieces = [
      "{{", "}}", "{%", "%}", "{#", "#}", "-", "(", ")", "[", "]", "|", ".", "'", "\"", "\\", " if ", " else ", " in ",
      "for ", "endfor", " is ", "not ", "0", "99999999999", "~", "**", "//", ",", ":", "=", "é", "\n", "none", "loop",
    ].map { Array($0.utf8) }
    var random = SeededGenerator(state: 1)
    var rendered = 0
    for number in 0..<10_000 {
      var bytes = Array(sources[number % sources.count].utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 0...3, using: &random))
        let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
        bytes.replaceSubrange(place..<end, with: Bool.random(using: &random) ? piece : [])
      }
      let input = number % 2 == 0 ? variables : conversations[number % conversations.count].variables
      do {
        _ = try JinjaTemplate(String(decoding: bytes, as: UTF8.self)).render(input, limits: Self.limits)
        rendered += 1
      } catch is JinjaError {}
    }
    #expect(rendered > 1000)
  }

  @Test func mutatedInputsDoNotCrash() throws {
    let text = Array(
      try Data(contentsOf: JinjaFixtures.tests.appending(path: "Fixtures/conversations.json")).prefix(4000))
    var random = SeededGenerator(state: 2)
    var read = 0
    for _ in 0..<10_000 {
      var bytes = text
      for _ in 0..<3 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        _ = try JinjaValue(json: Data(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
        read += 1
      } catch is JinjaError {}
    }
    #expect(read < 10_000)
  }
}

/// The same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
