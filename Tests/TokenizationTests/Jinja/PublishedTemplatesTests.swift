import FileFormats
import Foundation
import Templates
import Testing

import Tokenization

/// Templates of published models write what Python's jinja2 writes in the configuration of transformers.
@Suite struct PublishedTemplatesTests {
  private static func digest(_ outcome: JinjaFixtures.Outcome) -> String {
    func hash(_ text: String) -> String {
      SHA256.hexadecimal(of: text)
    }
    return switch outcome {
    case .text(let text): hash("text " + text)
    case .raised(let text): hash("raised " + text)
    case .error: "error"
    }
  }

  /// The digests come from `Python/jinja_reference.py --digests`.
  @Test(.enabled(if: JinjaFixtures.hasTemplates, "needs the published templates in ../shared/data/chat-templates"))
  func renderingsHaveTheDigestsOfTheReference() throws {
    let digests = try JinjaFixtures.json("template-digests.json")
    let templates = try JinjaFixtures.templates()
    #expect(templates.count == digests.entries.count)
    var counts: [String: Int] = [:]
    for (name, source) in templates {
      guard case .dictionary(let expected)? = digests[name] else {
        Issue.record("no digests of \(name)")
        continue
      }
      for (conversation, variables) in try JinjaFixtures.conversations() {
        let outcome = try JinjaFixtures.Outcome(source, variables)
        #expect(Self.digest(outcome) == expected.text(conversation), "\(name): \(conversation)")
        counts["\("\(outcome)".prefix { $0 != "(" })", default: 0] += 1
      }
    }
    print("\(templates.count) templates, \(counts.values.reduce(0, +)) renderings equal: \(counts)")
  }

  @Test(
    .enabled(
      if: JinjaFixtures.hasTemplates && JinjaFixtures.interpreter != nil,
      "needs the published templates, and BITNET_PYTHON with the package jinja2"))
  func renderingsAreThoseOfPythonsJinja() throws {
    let conversations = try JinjaFixtures.conversations()
    let cases = try JinjaFixtures.templates().flatMap { template in
      conversations.map { (template: template, conversation: $0) }
    }
    let input = cases.map { single in
      let template = JinjaValue.string(single.template.source)
      return JinjaValue.dictionary(["template": template, "variables": .dictionary(single.conversation.variables)])
    }
    let request = try JinjaTemplate("{{ cases | tojson }}").render(["cases": .list(input)])
    guard case .list(let answers) = try JinjaValue(json: python(Data(request.utf8))) else {
      throw CocoaError(.fileReadCorruptFile)
    }
    #expect(answers.count == cases.count)
    var equal = 0
    for case (let single, .dictionary(let answer)) in zip(cases, answers) {
      let expected: JinjaFixtures.Outcome =
        answer.text("text").map { .text($0) }
        ?? (answer.text("kind") == "raised" ? .raised(answer.text("error") ?? "") : .error)
      let found = try JinjaFixtures.Outcome(single.template.source, single.conversation.variables)
      #expect(found == expected, "\(single.template.name): \(single.conversation.name)")
      equal += found == expected ? 1 : 0
    }
    print("\(equal) of \(cases.count) renderings equal Python's")
  }

  private func python(_ input: Data) throws -> Data {
    let folder = FileManager.default.temporaryDirectory.appending(path: "jinja-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, output) = (folder.appending(path: "in.json"), folder.appending(path: "out.json"))
    try input.write(to: source)
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(filePath: JinjaFixtures.interpreter ?? "python3")
    process.arguments = [JinjaFixtures.reference.path]
    process.standardInput = try FileHandle(forReadingFrom: source)
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try Data(contentsOf: output)
  }
}
