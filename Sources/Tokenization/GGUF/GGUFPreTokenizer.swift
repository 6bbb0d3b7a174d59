/// The splitters that `tokenizer.ggml.pre` names, as llama.cpp has them.
struct GGUFPreTokenizer: Sendable {
  let names: [String]
  let splitters: [Splitter]
  /// A piece that is a token as a whole is that token.
  var takesWholePieces = false
  /// Whether sequences begin with a token where the file does not say.
  var addsBeginningOfSequence = false

  /// - Returns: nil for names that this program does not know.
  static func named(_ name: String) -> GGUFPreTokenizer? { all.first { $0.names.contains(name) } }

  /// The one that splits text in this way; nil if llama.cpp has none.
  static func matching(_ splitters: [Splitter], takesWholePieces: Bool) -> GGUFPreTokenizer? {
    all.first { $0.splitters == splitters && $0.takesWholePieces == takesWholePieces }
  }

  private static let singleNumbers = Splitter.runs(RunPattern(set: .classes(.numbers), maximum: 1))
  private static let numberRuns = Splitter.runs(RunPattern(set: .classes(.numbers)))
  private static let punctuationRuns = Splitter.runs(RunPattern(set: .punctuationAndSymbols))
  private static let eastAsianRuns = Splitter.runs(DeepSeekSets.eastAsianRuns)

  /// Of several names for one thing, the first is written.
  private static let all: [GGUFPreTokenizer] = [
    GGUFPreTokenizer(names: ["gpt-2", "trillion", "mpt", "olmo", "jais", "phi-2", "jina-es", "jina-de"], splitters: [.gpt2]),
    GGUFPreTokenizer(
      names: ["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "lfm2"],
      splitters: [.llama3(digits: 3)], takesWholePieces: true, addsBeginningOfSequence: true),
    GGUFPreTokenizer(names: ["smaug-bpe", "dbrx"], splitters: [.llama3(digits: 3)]),
    GGUFPreTokenizer(names: ["qwen2", "stablelm2", "deepseek-r1-qwen", "hunyuan"], splitters: [.llama3(digits: 1)]),
    GGUFPreTokenizer(
      names: ["smollm", "starcoder", "refact", "command-r", "codeshell"], splitters: [singleNumbers, .gpt2]),
    GGUFPreTokenizer(names: ["falcon"], splitters: [punctuationRuns, .gpt2, .threeDigits]),
    GGUFPreTokenizer(
      names: ["deepseek-llm"],
      splitters: [
        .lineEnds, .runs(DeepSeekSets.letterRuns), .runs(DeepSeekSets.symbolRuns), .trailingWhiteSpace, eastAsianRuns,
        numberRuns,
      ]),
    GGUFPreTokenizer(
      names: ["deepseek-coder"],
      splitters: [
        .lineEnds, .runs(RunPattern(set: .classes(.letters), allowsSpace: true)),
        .runs(RunPattern(set: .classes(.punctuation), allowsSpace: true)), eastAsianRuns, singleNumbers,
      ]),
    GGUFPreTokenizer(names: ["gpt-4o"], splitters: [.cased(digits: 3, contractions: true)]),
    GGUFPreTokenizer(
      names: ["tekken"], splitters: [.cased(digits: 1, contractions: false)], takesWholePieces: true,
      addsBeginningOfSequence: true),
  ]
}
