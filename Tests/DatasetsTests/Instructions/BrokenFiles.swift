import Testing

/// Files that people have, and what is said about each: broken ones, and odd ones that are fine.
struct BrokenFile: Sendable, CustomTestStringConvertible {
  let name: String
  let contents: [UInt8]
  /// The line that is named; nil when the file as a whole is meant.
  var line: Int?
  /// What the message must contain.
  let says: [String]

  var testDescription: String { name }

  init(_ name: String, _ text: String, line: Int? = 1, says: String...) {
    self.init(name, bytes: Array(text.utf8), line: line, says: says)
  }

  init(_ name: String, bytes: [UInt8], line: Int?, says: [String]) {
    self.name = name
    contents = bytes
    self.line = line
    self.says = says
  }

  private static let good = #"{"prompt": "Q", "completion": "A"}"#

  private static func message(_ fields: String) -> String {
    #"{"messages": [{"role": "user", "content": "Q"}, {\#(fields)}]}"#
  }

  static let all: [BrokenFile] = wholeFiles + syntax + shapes + messages + contents

  private static let wholeFiles = [
    BrokenFile("empty.json", "", line: nil, says: "has no rows"),
    BrokenFile("spaces.json", " \n\r\n\t", line: nil, says: "has no rows"),
    BrokenFile("bom-only.json", "\u{FEFF}", line: nil, says: "has no rows"),
    BrokenFile("empty-array.json", "[ ]\n", line: nil, says: "has no rows"),
    BrokenFile("table.csv", "prompt,completion\nQ,A\n", line: nil, says: "CSV", "prompt,completion"),
    BrokenFile("words.txt", "Once upon a time", line: nil, says: "begins with \"Once upon a time\""),
    BrokenFile("page.json", "<!doctype html>\n<html>", line: nil, says: "HTML"),
    BrokenFile("train.parquet", "PAR1\u{15}\u{4}", line: nil, says: "Parquet"),
    BrokenFile(
      "utf16.json", bytes: [0xFF, 0xFE] + Array(good.utf8).flatMap { [$0, 0] }, line: nil, says: ["UTF-16", "iconv"]),
    BrokenFile("not-gzip.gz", good, line: nil, says: "does not begin like one"),
    BrokenFile(
      "cut.json.gz", bytes: Array(Archives.gzip(Array(good.utf8)).prefix(30)), line: nil, says: ["ends too early"]),
  ]

  private static let syntax = [
    BrokenFile("cut-array.json", "[\(good),\n\(good)", line: 2, says: "ends inside the array"),
    BrokenFile("cut-row.jsonl", "\(good)\n{\"prompt\": \"Q\", \"compl", line: 2, says: "ends inside a string"),
    BrokenFile("no-comma.json", "[\(good)\n\(good)]", line: 2, says: "expected ',' or ']'"),
    BrokenFile("last-comma.json", "[\(good),\n]", line: 2, says: "comma stands before the end"),
    BrokenFile("commas.jsonl", "\(good),\n\(good)", line: 1, says: "expected a value"),
    BrokenFile("two-arrays.json", "[\(good)]\n[\(good)]", line: 2, says: "follows the array"),
    BrokenFile("quotes.jsonl", "{'prompt': 'Q', 'completion': 'A'}", says: "a key in double quotes", "byte 2"),
    BrokenFile("python.jsonl", #"{"prompt": "Q", "completion": None}"#, says: "expected a value", "byte 31"),
    BrokenFile("nan.jsonl", #"{"prompt": "Q", "completion": "A", "score": NaN}"#, says: "expected a value"),
    BrokenFile("unclosed.jsonl", "\(good)\n{\"prompt\": \"Q\"\n\(good)", line: 2, says: "1 line further down"),
    BrokenFile("line-break.jsonl", "{\"prompt\": \"Q\n\", \"completion\": \"A\"}", says: "control character 10"),
    BrokenFile("twice.jsonl", #"{"prompt": "Q", "prompt": "R", "completion": "A"}"#, says: "occurs twice"),
    BrokenFile(
      "latin1.jsonl", bytes: Array(#"{"prompt": "caf"#.utf8) + [0xE9] + Array(#"", "completion": "A"}"#.utf8), line: 1,
      says: ["not valid UTF-8"]),
    BrokenFile("surrogate.jsonl", #"{"prompt": "\ud83d", "completion": "A"}"#, says: "half of a surrogate pair"),
    BrokenFile(
      "deep.jsonl", #"{"prompt": \#(String(repeating: "[", count: 100_000))"#, says: "nested deeper than 64"),
  ]

  private static let shapes = [
    BrokenFile("strings.json", "[\"Q\", \"A\"]", says: "is the string \"Q\", expected an object"),
    BrokenFile("lists.jsonl", "\(good)\n[\"Q\", \"A\"]", line: 2, says: "is an array, expected an object"),
    BrokenFile(
      "questions.jsonl", #"{"question": "Q", "answer": "A"}"#, says: "none of the known shapes",
      "Nearest: prompt_completion", "dataset.columns: {completion: answer, prompt: question}",
      "[keys: answer, question]"),
    BrokenFile(
      "capitals.jsonl", #"{"Instruction": "Q", "Output": "A"}"#, says: "Nearest: alpaca", "[keys: Instruction, Output]"),
    BrokenFile("nested.json", #"{"data": [\#(good), \#(good)]}"#, says: "under \"data\"", "jq '.[\"data\"]'"),
    BrokenFile(
      "two-lists.json", #"{"train": [\#(good)], "test": [\#(good)]}"#, says: "none of the known shapes",
      "[keys: test, train]"),
    BrokenFile(
      "list-rows.jsonl", "{\"data\": [\(good)]}\n{\"data\": [\(good)]}", says: "none of the known shapes"),
    BrokenFile("list-array.json", "[{\"data\": [\(good)]}]", says: "none of the known shapes"),
    BrokenFile("no-keys.json", "[{}]", says: "none of the known shapes"),
    BrokenFile(
      "mixed.jsonl", "\(good)\n{\"text\": \"T\"}", line: 2, says: "has the shape text, expected prompt_completion",
      "[keys: text]"),
    BrokenFile("lost-key.jsonl", "\(good)\n{\"prompt\": \"Q\"}", line: 2, says: "has no \"completion\""),
    BrokenFile(
      "preferences.jsonl", #"{"prompt": "Q", "chosen": "A", "rejected": "B"}"#, says: "has the shape preference",
      "recipe: dpo"),
    BrokenFile("number.jsonl", #"{"prompt": "Q", "completion": 4}"#, says: "\"completion\" is the number 4"),
    BrokenFile("null.jsonl", #"{"prompt": null, "completion": "A"}"#, says: "\"prompt\" is null, expected a string"),
    BrokenFile("encoded.jsonl", #"{"messages": "[{}]"}"#, says: "\"messages\" is the string", "an array of messages"),
  ]

  private static let messages = [
    BrokenFile("no-messages.jsonl", #"{"messages": []}"#, says: "\"messages\" has no message"),
    BrokenFile(
      "no-role.jsonl", message(#""content": "A", "name": "x""#), says: "message 2 has no role", "it has content, name"),
    BrokenFile("bad-role.jsonl", message(#""role": "Assistant", "content": "A""#), says: "the role \"Assistant\""),
    BrokenFile("no-content.jsonl", message(#""role": "assistant""#), says: "message 2 says nothing"),
    BrokenFile(
      "null-content.jsonl", message(#""role": "assistant", "content": null, "tool_calls": [{"id": "1"}]"#),
      says: "has no words for calls of tools (\"messages[1].tool_calls\")"),
    BrokenFile(
      "image.jsonl", message(#""role": "assistant", "content": [{"type": "image_url"}]"#),
      says: "a part of the type \"image_url\"",
      "models here read text only"),
    BrokenFile(
      "picture.jsonl", #"{"prompt": "<image>What is it?", "completion": "A cat", "images": ["a.jpg"]}"#,
      says: "\"images\" belongs to the row, but models here read text only"),
    BrokenFile(
      "oasst.jsonl", #"{"message_id": "b", "parent_id": "a", "text": "Q", "role": "prompter"}"#,
      says: "is one message, of the role prompter, whose \"parent_id\" refers to others"),
    BrokenFile(
      "no-answer.jsonl", #"{"messages": [{"role": "user", "content": "Q"}]}"#, says: "no message is an answer"),
    BrokenFile(
      "human-only.jsonl", #"{"conversations": [{"from": "human", "value": "Q"}]}"#, says: "the roles are user"),
    BrokenFile(
      "weight.jsonl", message(#""role": "assistant", "content": "A", "weight": 0"#),
      says: "none of its tokens is trained"),
    BrokenFile(
      "tool.jsonl",
      #"{"messages": [{"role": "tool", "content": "T"}, {"role": "assistant", "content": "A"}]}"#,
      says: "the role tool", "bitnet, llama3, chatml"),
  ]

  private static let contents = [
    BrokenFile("empty-answer.jsonl", #"{"prompt": "Q", "completion": ""}"#, says: "the answer is empty"),
    BrokenFile("blank-answer.jsonl", #"{"prompt": "Q", "completion": " \n"}"#, says: "the answer is empty"),
    BrokenFile(
      "empty-turn.jsonl",
      #"{"messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": ""}, "#
        + #"{"role": "user", "content": "R"}]}"#, says: "message 2, an answer, is empty"),
    BrokenFile("empty-text.jsonl", #"{"text": ""}"#, says: "\"text\" is empty"),
    BrokenFile(
      "history.jsonl", #"{"instruction": "I", "output": "O", "history": [["a", "b"]]}"#, says: "\"history\" holds"),
    BrokenFile(
      "long.jsonl", #"{"prompt": "Q", "completion": "\#(String(repeating: "a", count: 300))"}"#,
      says: "has 302 tokens, the most that fit are 257"),
  ]
}
