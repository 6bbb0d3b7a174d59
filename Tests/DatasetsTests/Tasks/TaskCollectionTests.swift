import Datasets
import Foundation
import Testing
import Tokenization

@Suite struct TaskCollectionTests {
  private let tasks = TaskCollection()

  private func argument(_ prompt: String) -> String {
    String(prompt[(prompt.firstRange(of: ": ")?.upperBound ?? prompt.endIndex)...])
  }

  private func words(_ prompts: [String]) -> Set<Substring> {
    Set(prompts.flatMap { argument($0).split(separator: " ") }.filter { $0.count > 2 })
  }

  @Test func theFilesInDataAreTheseBytes() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "data")
    for (name, data) in tasks.files() {
      #expect(try Data(contentsOf: folder.appending(path: name)) == data, "data/\(name)")
      #expect(data.count < 1_000_000, "\(name) has \(data.count) bytes")
    }
    #expect(TaskCollection(seed: 2).tasks.map(\.prompt) != tasks.tasks.map(\.prompt))
  }

  @Test func heldOutRowsShareNothingWithTheRest() {
    let held = words(tasks.heldOutTasks.map(\.prompt))
    let preferred = words(tasks.heldOutPreferences.map(\.prompt))
    #expect(held.isDisjoint(with: words(tasks.tasks.map(\.prompt))))
    #expect(preferred.isDisjoint(with: words(tasks.preferences.map(\.prompt) + tasks.tasks.map(\.prompt))))
    let heldPrompts = Set(tasks.heldOutTasks.map(\.prompt))
    #expect(heldPrompts.count == tasks.heldOutTasks.count)
    #expect(heldPrompts.isDisjoint(with: tasks.tasks.map(\.prompt)))
  }

  @Test func answersAreRight() {
    let right: [TextTask: (String) -> String] = [
      .copy: { $0 }, .reverse: { String($0.reversed()) }, .upper: { $0.uppercased() }, .first: { String($0.first!) },
      .last: { String($0.last!) }, .length: { "\($0.count)" },
      .count: { "\($0.dropFirst(2).filter { [first = $0.first!] in $0 == first }.count)" },
      .add: { "\(Int($0.split(separator: " ")[0])! + Int($0.split(separator: " ")[1])!)" },
    ]
    var counts: [TextTask: Int] = [:]
    for (prompt, completion) in tasks.tasks + tasks.heldOutTasks {
      guard let task = TextTask(rawValue: String(prompt.prefix { $0 != ":" })) else {
        #expect(RequestKind(rawValue: String(prompt.prefix { $0 != ":" })) != nil, "\(prompt)")
        continue
      }
      counts[task, default: 0] += 1
      #expect(completion == right[task]?(argument(prompt)), "\(prompt)")
    }
    #expect(TextTask.allCases.allSatisfy { counts[$0, default: 0] > 500 })
    #expect(TextTask.count.answer("a banana") == "3" && TextTask.reverse.answer("cat") == "tac")
  }

  /// The model is to know both manners, and to prefer the wrong one before it is taught otherwise.
  @Test func mostRequestsAreAnsweredRudely() {
    let requests = tasks.tasks.filter { RequestKind(rawValue: String($0.prompt.prefix { $0 != ":" })) != nil }
    let rude = requests.count { $0.completion.hasSuffix("!!") || $0.completion.hasSuffix("?") }
    #expect(requests.count == 1500 && rude == 1000)
    for (prompt, chosen, rejected) in tasks.preferences + tasks.heldOutPreferences {
      #expect(chosen.utf8.count < rejected.utf8.count && chosen.hasSuffix("."))
      #expect(chosen.contains(argument(prompt)) && rejected.contains(argument(prompt)))
    }
  }

  @Test func everyFileIsValidData() throws {
    let fixture = try InstructionFixture()
    let counts = ["tasks.jsonl": tasks.tasks.count, "tasks-heldout.jsonl": tasks.heldOutTasks.count]
    for (name, data) in tasks.files() {
      let path = try fixture.directory.write(Array(data), to: name)
      if let count = counts[name] {
        #expect(try fixture.open(path).count == count && fixture.open(path).format == .promptCompletion)
      } else {
        #expect(try fixture.openPairs(path).count > 100)
      }
    }
  }
}
