import Datasets
import Testing
import Tokenization

/// What a configuration tells the template of its conversations.
@Suite struct TemplateVariablesTests {
  var fixture: InstructionFixture

  init() throws {
    fixture = try InstructionFixture()
    fixture.template = try ChatTemplate(
      jinja: "{% for m in messages %}{{ m.role }}:{% if m.role == 'assistant' %}{{ thought }}{% endif %}{{ m.content }}"
        + "\n{% endfor %}{% if add_generation_prompt %}assistant:{{ thought }}{% endif %}",
      name: "test", variables: ["thought": "?"])
  }

  private let row = #"{"prompt": "Q", "completion": "A"}"#

  @Test func masksAndTextsAreThoseOfTheVariables() throws {
    let plain = try fixture.dataset(row)
    let told = try fixture.dataset(row) { $0.templateVariables = ["thought": "<none>"] }
    #expect(try fixture.text(plain[0]) == "user:Q\nassistant:?A\n")
    #expect(try fixture.text(told[0]) == "user:Q\nassistant:<none>A\n")
    #expect(try fixture.trained(told[0]) == "A\n", "what the prompt ends with is not learnt")
    #expect(told.template.variables["thought"] == "<none>")
    #expect(plain.fingerprint != told.fingerprint)
    #expect(try fixture.dataset(row) { $0.templateVariables = [:] }.fingerprint == plain.fingerprint)
    let pairs = #"{"prompt": "Q", "chosen": "A", "rejected": "B"}"#
    #expect(
      try fixture.text(fixture.pairs(pairs) { $0.templateVariables = ["thought": "!"] }[0].rejected)
        == "user:Q\nassistant:!B\n")
  }

  @Test(arguments: [("thougth", "never read"), ("messages", "set by each conversation")])
  func whatWouldChangeNothingIsRefused(name: String, reason: String) throws {
    let error = try #require(throws: ChatTemplateError.self) {
      try fixture.dataset(row) { $0.templateVariables[name] = "x" }
    }
    #expect("\(error)".contains("the variable \(name) is \(reason)"), "\(error)")
  }
}
