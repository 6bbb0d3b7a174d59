import FileFormats
import Foundation

/// Instruction and preference data whose effect can be counted: exercises with one right answer, and requests that can
/// be answered politely or rudely.
///
/// The same seed gives the same bytes. Words of held-out rows occur in no other file, and sums of held-out rows in no
/// training row.
public struct TaskCollection {
  /// JSON lines with `prompt` and `completion`; requests are answered rudely in two of three rows, so that a model which
  /// learns them knows both manners and shows the wrong one.
  public let tasks: [(prompt: String, completion: String)]
  /// Exercises only.
  public let heldOutTasks: [(prompt: String, completion: String)]
  /// The polite answer to a request is chosen over the rude one.
  public let preferences: [(prompt: String, chosen: String, rejected: String)]
  public let heldOutPreferences: [(prompt: String, chosen: String, rejected: String)]

  private static let requestsInTasks = 1500

  /// - Parameters:
  ///   - taskCount: rows of `tasks` with an exercise.
  ///   - heldOutPerTask: rows of `heldOutTasks` for each kind of exercise.
  public init(
    seed: UInt64 = 1, taskCount: Int = 17_600, heldOutPerTask: Int = 60, preferenceCount: Int = 1200,
    heldOutPreferenceCount: Int = 120
  ) {
    var words = MadeUpWords(seed: seed)
    /// An exercise that is none of those held out.
    func exercise(_ task: TextTask, _ heldOut: Set<String>) -> (prompt: String, completion: String) {
      while true {
        let argument = task.argument(words.next(), &words)
        let prompt = "\(task.rawValue): \(argument)"
        if !heldOut.contains(prompt) { return (prompt, task.answer(argument)) }
      }
    }
    func request(_ number: Int) -> (kind: RequestKind, word: String) {
      (RequestKind.allCases[number % RequestKind.allCases.count], words.next())
    }
    func preference(_ number: Int) -> (prompt: String, chosen: String, rejected: String) {
      let (kind, word) = request(number)
      return ("\(kind.rawValue): \(word)", kind.polite(word), kind.rude(word))
    }
    var heldOut: Set<String> = []
    heldOutTasks = TextTask.allCases.flatMap { task in
      (0..<heldOutPerTask).map { _ in
        let row = exercise(task, heldOut)
        heldOut.insert(row.prompt)
        return row
      }
    }
    heldOutPreferences = (0..<heldOutPreferenceCount).map(preference)
    preferences = (0..<preferenceCount).map(preference)
    var rows = (0..<Self.requestsInTasks).map { number in
      let (kind, word) = request(number)
      return ("\(kind.rawValue): \(word)", number / 4 % 3 == 0 ? kind.polite(word) : kind.rude(word))
    }
    // There are only 500 sums, which therefore come several times.
    for task in TextTask.allCases {
      rows += (0..<taskCount * task.share / 100).map { _ in exercise(task, heldOut) }
    }
    words.shuffle(&rows)
    tasks = rows
  }

  /// The files by name, as JSON lines.
  public func files() -> [(name: String, data: Data)] {
    func lines(_ rows: [[(String, String)]]) -> Data {
      Data(rows.map { row in "{\(row.map { "\"\($0)\": \"\($1)\"" }.joined(separator: ", "))}\n" }.joined().utf8)
    }
    func tasks(_ rows: [(prompt: String, completion: String)]) -> Data {
      lines(rows.map { [("prompt", $0.prompt), ("completion", $0.completion)] })
    }
    func preferences(_ rows: [(prompt: String, chosen: String, rejected: String)]) -> Data {
      lines(rows.map { [("prompt", $0.prompt), ("chosen", $0.chosen), ("rejected", $0.rejected)] })
    }
    return [
      ("tasks.jsonl", tasks(self.tasks)), ("tasks-heldout.jsonl", tasks(heldOutTasks)),
      ("preferences.jsonl", preferences(self.preferences)),
      ("preferences-heldout.jsonl", preferences(heldOutPreferences)),
    ]
  }
}
