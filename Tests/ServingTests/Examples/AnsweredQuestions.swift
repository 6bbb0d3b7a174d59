import Inference
import Serving
import Tokenization

/// Answers several questions at once; each has the answer that it would have alone.
func answers(to questions: [String], modelPath: String, maximumNewTokens: Int) async throws -> [String] {
  let model = try ServedModel(path: modelPath)
  let engine = Engine(model)
  let streams = try questions.map { question in
    let prompt = try model.prompt(for: ChatRequest(messages: [ChatMessage(role: .user, content: question)]))
    let options = prompt.ending(GenerationOptions(maximumNewTokens: maximumNewTokens))
    return try engine.submit(GenerationRequest(prompt: prompt.tokens, options: options))
  }
  var answers: [String] = []
  for stream in streams {
    var answer = ""
    for try await case .piece(let piece) in stream.events { answer += piece.text }
    answers.append(answer)
  }
  await engine.drain(within: .seconds(30))
  return answers
}
