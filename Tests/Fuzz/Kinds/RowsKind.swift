import Datasets
import Foundation
import Tokenization

/// Files of examples in every shape, read for supervised learning, pairs and labels, and made tokens of.
enum RowsKind: InputKind {
  static func forms(in folder: URL) throws -> [InputForm] {
    let template = ChatTemplate.chatml
    let tokenizer = try ByteTokenizer().adding(specialTokens: template.specialTokens)
    let tools = try ChatTemplate(jinja: toolTemplate, name: "tools")
    func form(_ name: String, _ seeds: [String], _ read: @escaping (String) throws -> Void) -> InputForm {
      InputForm(fileName: name, mutator: JSONMutator(seeds, words: words, values: messages)) { file, _ in
        try read(file.path)
      }
    }
    return [
      form("split.jsonl", supervised) { path in try supervise(path, .split, length: 48, tokenizer, template) },
      form("supervised.jsonl", supervised) { path in try supervise(path, .error, length: 4096, tokenizer, template) },
      form("tools.jsonl", withTools) { path in
        let data = try InstructionDataset(
          configuration(path, .truncate), tokenizer: tokenizer, template: tools, maximumSequenceLength: 512, seed: 1)
        for number in 0..<min(data.count, 8) { _ = try data[number] }
      },
      form("pairs.jsonl", pairs) { path in
        let data = try PreferenceDataset(
          configuration(path, .truncate), tokenizer: tokenizer, template: template, maximumSequenceLength: 64, seed: 1)
        for number in 0..<min(data.count, 8) {
          _ = try data[number]
          _ = try data.conversations(number)
        }
      },
      form("labelled.jsonl", labelled + pairs) { path in
        let data = try UnpairedDataset(
          configuration(path, .drop), tokenizer: tokenizer, template: template, maximumSequenceLength: 256, seed: 1)
        for number in 0..<min(data.count, 8) { _ = try data[number] }
      },
    ]
  }

  private static func supervise(
    _ path: String, _ overlong: InstructionConfiguration.Overlong, length: Int, _ tokenizer: ByteTokenizer,
    _ template: ChatTemplate
  ) throws {
    let data = try InstructionDataset(
      configuration(path, overlong), tokenizer: tokenizer, template: template, maximumSequenceLength: length, seed: 1)
    for number in 0..<min(data.count, 8) {
      _ = try data[number]
      _ = try data.messages(number)
    }
  }

  private static func configuration(
    _ path: String, _ overlong: InstructionConfiguration.Overlong
  ) -> InstructionConfiguration {
    InstructionConfiguration(path: path, validationFraction: overlong == .split ? 0.4 : nil, overlong: overlong)
  }

  private static let supervised = [
    #"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"hi"},{"role":"assistant","content":"yo"},"#
      + #"{"role":"user","content":"\u00e9"},{"role":"assistant","content":"ab","weight":0}],"id":7}"# + "\n"
      + #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":"b"}]}"#,
    #"{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"system":"be brief"}"# + "\n"
      + #"{"conversations":[{"from":"system","value":"x"},{"from":"human","value":"a"},{"from":"gpt","value":"c"}]}"#,
    #"[{"instruction":"a","input":"","output":"b"},{"instruction":"c","input":"d","output":"e"}]"#,
    #"{"prompt":"a","completion":"b"}"# + "\n" + #"{"prompt":[{"role":"user","content":"a"}],"#
      + #""completion":[{"role":"assistant","content":"b"}]}"#,
    #"{"input":"a","output":"b"}"# + "\n" + #"{"input":"c","output":"dd"}"#,
    #"{"text":"abc"}"# + "\n" + #"{"text":"a <|im_start|> b"}"#,
  ]

  private static let withTools = [
    #"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","#
      + #""type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},{"role":"tool","name":"f","#
      + #""tool_call_id":"1","content":"42"},{"role":"assistant","content":"a"}],"tools":[{"type":"function","#
      + #""function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"x":{"type":"integer"}}}}}]}"#,
    #"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"tools":[]}"#,
  ]

  private static let toolTemplate = """
    {% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}<|im_start|>{{ m.role }}
    {{ m.content }}{% if m.tool_calls %}{% for c in m.tool_calls %}{{ c.function.name }}{{ c.function.arguments | tojson }}\
    {% endfor %}{% endif %}<|im_end|>
    {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
    {% endif %}
    """

  private static let pairs = [
    #"{"prompt":"p","chosen":"c","rejected":"r"}"# + "\n" + #"{"prompt":"q","chosen":"cc","rejected":"rr"}"#,
    #"{"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"#
      + #""rejected":[{"role":"user","content":"a"},{"role":"assistant","content":"c"}],"score_chosen":1.0}"#,
    #"[{"prompt":[{"role":"user","content":"a"}],"chosen":[{"role":"assistant","content":"b"}],"#
      + #""rejected":[{"role":"assistant","content":"c"}]},{"prompt":"x","chosen":"y","rejected":"z","system":"s"}]"#,
    #"{"input":{"messages":[{"role":"user","content":"a"}]},"preferred_output":[{"role":"assistant","content":"b"}],"#
      + #""non_preferred_output":[{"role":"assistant","content":"c"}]}"#,
  ]

  private static let labelled = [
    #"{"prompt":"p","completion":"c","label":true}"# + "\n" + #"{"prompt":"q","completion":"d","label":false}"#,
    #"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"label":1}"# + "\n"
      + #"{"messages":[{"role":"user","content":"c"},{"role":"assistant","content":"d"}],"label":0}"#,
  ]

  private static let words = [
    "system", "user", "assistant", "tool", "human", "gpt", "function", "developer", "role", "content", "from", "value",
    "messages", "conversations", "prompt", "completion", "chosen", "rejected", "label", "tools", "text", "tool_calls",
    "<|im_start|>", "<|im_end|>", "<tool_call>{}</tool_call>", "<tool_call>", "{\\\"name\\\":\\\"f\\\"}", "type",
    "image_url", "weight", "thinking", "reasoning_content", "good", "true", "no",
  ]

  private static let messages = [
    #"[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#, #"{"role":"tool","content":"x"}"#,
    #"[{"type":"text","text":"x"},{"type":"image_url"}]"#, #"{"name":"f","arguments":{"a":[1,{"b":null}]}}"#,
    #"[{"role":"assistant","content":"b"}]"#, #"[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]"#,
  ]
}
