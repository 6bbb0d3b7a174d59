import Architectures
import Datasets
import Export
import FileFormats
import Foundation
import Inference
import Kernels
import Tokenization

/// The model to be exported.
package struct ExportModel {
  private let path: String
  package let model: StoredModel
  private let note: (String) -> Void

  package var source: any ModelWeights { model.weights }

  /// - Parameter note: gets what a user should know of what is passed on and compared on.
  /// - Throws: `FileError`, `ModelLocationError`, `StoredModelError`, `UnfinishedQuantizationError`; what is wrong with the
  ///   model.
  package init(_ path: String, i2sLayout: I2SLayout = .blocksOf128, note: @escaping (String) -> Void) throws {
    (self.path, self.note) = (path, note)
    model = try StoredModel(ModelLocation(resolving: URL(fileURLWithPath: path)), i2sLayout: i2sLayout)
    try model.requireFinishedQuantization(toBe: "exported")
    model.notes.forEach(note)
  }

  /// - Throws: `UnfinishedQuantizationError`.
  package init(_ opened: OpenedModel, note: @escaping (String) -> Void) throws {
    (path, model, self.note) = (opened.url.path, opened.model, note)
    try model.requireFinishedQuantization(toBe: "exported")
  }

  /// Loads the weights, with the current threads.
  package func runtime() throws -> RuntimeModel { try RuntimeModel(source) }

  /// Tokenizer, special ids, chat template: passed on from a GGUF file, else made from what the model has.
  /// - Throws: `TokenizerError`, `ChatTemplateError`, `GGUFError`.
  package func tokenizerMetadata() throws -> [GGUFMetadata.Entry] {
    if let file = model.ggufFile {
      return file.metadata.entries.filter { $0.key.hasPrefix("tokenizer.") || $0.key == "general.name" }
    }
    let (tokenizer, architecture) = (try model.tokenizer(), model.architecture)
    let ids = GGUFTokenIDs(
      beginningOfSequence: architecture.beginningOfSequenceTokenID
        ?? tokenizer.beginningOfSequenceTokenID.map(Int.init),
      endOfSequence: architecture.endOfSequenceTokenID ?? tokenizer.endOfSequenceTokenID.map(Int.init),
      padding: architecture.paddingTokenID ?? tokenizer.paddingTokenID.map(Int.init))
    let entries = try tokenizer.ggufMetadata(vocabularySize: architecture.vocabularySize, ids: ids)
    guard let template = try model.chatTemplate() else { return entries }
    if !template.isBuiltIn, tokenizer.ggufText(ofSpecial: "a") != "a" {
      note(
        "the chat template is not built in (\(ChatTemplate.builtInNames)); it is passed on as it is.\n"
          + "  Special tokens that it spells out are plain text for other programs, for files of byte vocabularies spell "
          + "them otherwise.")
    }
    return entries + (try template.ggufMetadata(tokenizer))
  }

  // MARK: - What to compare on

  /// The text that is asked for; the validation text of the run, in the windows of its training; else a built-in one.
  package func probe(data: String?, maxTokens limit: Int?) throws -> [(inputs: [Int32], targets: [Int32])] {
    guard let tokenizer = try? model.tokenizer() else { return numbers(count: min(limit ?? 512, 512)) }
    // The text of a run is measured as its training did.
    let maxTokens = limit ?? (data == nil ? nil : 20_000)
    let options = EvaluationPlan.Options(data: data, maxTokens: maxTokens, isForced: true)
    if model.folder != nil {
      do {
        return try Self.windows(
          EvaluationPlan(options, model: OpenedModel(model), modelPath: path, report: note).windows)
      } catch  where data == nil {
        // The run's text is not at hand, or there is no run.
        note("\(error)\n  compared on a short built-in text instead; --data FILE names another")
        return builtIn(maxTokens, tokenizer)
      }
    }
    guard let data else { return builtIn(maxTokens, tokenizer) }
    let text = try TextCorpus(contentsOf: data, force: true)
    let corpus = try TokenCorpus(text, range: ByteRange(0, nil), tokenizer: tokenizer)
    let length = min(source.architecture.maximumPositionEmbeddings, 256)
    return try Self.windows(
      EvaluationWindows(corpus, sequenceLength: length, batchSize: 1, maxTokens: maxTokens))
  }

  private static func windows(_ windows: EvaluationWindows) throws -> [(inputs: [Int32], targets: [Int32])] {
    var result: [(inputs: [Int32], targets: [Int32])] = []
    try windows.forEachBatch { batch in
      for row in 0..<batch.batchSize {
        let range = row * batch.sequenceLength..<(row + 1) * batch.sequenceLength
        result.append((Array(batch.inputs[range]), Array(batch.targets[range])))
      }
    }
    return result
  }

  private func builtIn(_ maxTokens: Int?, _ tokenizer: any Tokenizer) -> [(inputs: [Int32], targets: [Int32])] {
    cut(tokenizer.encode(Self.text).prefix(maxTokens.map { $0 + 1 } ?? .max))
  }

  /// Tokens of a vocabulary that is not known: all over it, the same every time.
  private func numbers(count: Int) -> [(inputs: [Int32], targets: [Int32])] {
    let size = source.architecture.vocabularySize
    return cut((0...count).map { Int32($0 &* 2_654_435_761 % size) }[...])
  }

  private func cut(_ tokens: ArraySlice<Int32>) -> [(inputs: [Int32], targets: [Int32])] {
    let length = min(source.architecture.maximumPositionEmbeddings, 256)
    return stride(from: 0, to: tokens.count - 1, by: length).map { start in
      let end = min(start + length, tokens.count - 1)
      return (Array(tokens[start..<end]), Array(tokens[start + 1..<end + 1]))
    }
  }

  private static let text = """
    The lighthouse keeper counted the steps again, one hundred and forty-four, and wrote the number into the book. It \
    had never changed, but the rules asked for it every Monday, between the height of the water (2.75 m) and the name \
    of the wind. "North-west," said the boy, who had come up with the oil; "it always blows from the north-west in \
    March." The old man nodded. Some numbers are written down because they change, he thought, and some because they \
    must not.
    == Tides ==
    * [[High water]]: 06:12 and 18:40
    * [[Low water]]: 00:25 and 12:31
    func keep(light: Int, until dawn: Int) -> Bool { light > 0 && dawn < 24 }
    &quot;Ferries&quot; run daily except on holidays; naïve travellers wait, others walk.
    """
}
