import Architectures
import Autograd
import Foundation
import Models
import Testing

/// What is measured of the inputs of linear layers.
@Suite struct LinearInputsTests {
  /// The input of the first query projection is the normalised embedding, whose root mean squares are known.
  @Test func gainIsTheGeometricMeanOfTheRowsRootMeanSquares() throws {
    let model = Decoder(
      Architecture(
        vocabularySize: 11, hiddenSize: 8, hiddenLayerCount: 2, attentionHeadCount: 2, keyValueHeadCount: 1,
        intermediateSize: 12, subNorms: .none), seed: 5)
    let batches: [[Int32]] = [[1, 2, 3, 4], [9, 0]]
    let before = withoutGradients { model.logits(tokens: batches[0], length: 4).scalars }
    let inputs = model.linearInputs(batches)
    #expect(inputs.count == 14)
    let measured = try #require(inputs["model.layers.0.self_attn.q_proj"])
    #expect(measured.rowCount == 6)
    let table = try #require(model.namedParameters.first { $0.name == "model.embed_tokens.weight" }).parameter.value
      .scalars
    let epsilon = 1e-5
    let logarithms = batches.flatMap { $0 }.map { token in
      let row = table[Int(token) * 8..<(Int(token) + 1) * 8].map(Double.init)
      let scale = (row.reduce(0) { $0 + $1 * $1 } / 8 + epsilon).squareRoot()
      return log(row.reduce(0) { $0 + $1 / scale * $1 / scale } / 8 + epsilon) / 2
    }
    let expected = Float(exp(logarithms.reduce(0, +) / 6))
    #expect(abs(measured.preservingGain - expected) < 1e-5)
    // The model is what it was.
    #expect(withoutGradients { model.logits(tokens: batches[0], length: 4).scalars } == before)
  }
}
