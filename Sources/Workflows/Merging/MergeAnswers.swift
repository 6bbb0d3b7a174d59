import Architectures
import Datasets
import Inference
import Tokenization

/// What merging does to answers: how many questions of the adapter's run are answered exactly before and after.
package struct MergeAnswers: Encodable {
  package let questions: Int
  /// With the adapter beside the model, or inside its quantiser, as it was trained.
  package let exactWithAdapter: Int
  package let exactMerged: Int

  /// - Parameter merged: the folder that was written.
  /// - Returns: nil where there is nothing to ask.
  /// - Throws: `InferenceError`, `ChatTemplateError`; what opening a model throws.
  package init?(_ questions: [CheckedQuestion], adapted: OpenedModel, merged: OpenedModel) throws {
    guard !questions.isEmpty, let template = try adapted.chatTemplate() else { return nil }
    let tokenizer = try adapted.tokenizer()
    self.questions = questions.count
    // Longer than the longest answer is wrong already.
    let longest = questions.map { tokenizer.encode($0.answer).count }.max() ?? 0
    func exact(_ model: OpenedModel) throws -> Int {
      let check = AnswerCheck(
        session: InferenceSession(try model.runtime()), tokenizer: tokenizer, template: template,
        maximumNewTokens: longest + 2)
      return try questions.reduce(into: AnswerTally()) { tally, question in
        tally.add(try check.ask(question.prompt), to: question, template: template)
      }.exact
    }
    (exactWithAdapter, exactMerged) = (try exact(adapted), try exact(merged))
  }
}
