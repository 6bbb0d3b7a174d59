import Architectures
import Autograd
import FileFormats
import Kernels
import Layers

extension BitNetForCausalLM {
  /// The model of a folder with more tokens: embedding and head get a row for each, drawn around the mean of the rows
  /// that are there with their standard deviation, so that new tokens are neither likely nor unlikely.
  /// - Parameters:
  ///   - count: new tokens, whose ids follow the others.
  ///   - seed: of the new rows.
  /// - Throws: `SafetensorsError`.
  public convenience init(folder: ModelFolder, addingTokens count: Int, seed: UInt64) throws {
    // Its memory becomes that of the new model.
    let old = try BitNetForCausalLM(folder: folder)
    var configuration = folder.configuration
    configuration.vocabularySize += count
    self.init(configuration, initialization: .undefined)
    for ((name, parameter), source) in zip(namedParameters, old.namedParameters) {
      require(name == source.name, "\(source.name) in the place of \(name)")
      let value = source.parameter.value
      let isTable = value.shape != parameter.shape
      parameter.replaceValue(
        adopting: isTable ? value.appendingRows(count, seed: seed, isHead: name == Self.head) : value)
    }
  }

  private static let head = "lm_head.weight"
}

extension Tensor {
  /// Rows from N(mean of the column, standard deviation of all elements²), in this tensor's data type.
  fileprivate func appendingRows(_ count: Int, seed: UInt64, isHead: Bool) -> Tensor {
    let (rows, width) = (shape[0], shape[1])
    let old = scalars
    var means = [Float](repeating: 0, count: width)
    for row in 0..<rows {
      for column in 0..<width { means[column] += old[row * width + column] / Float(rows) }
    }
    var squares = 0.0
    for row in 0..<rows {
      for column in 0..<width {
        let difference = Double(old[row * width + column] - means[column])
        squares += difference * difference
      }
    }
    let deviation = Float((squares / Double(max(1, rows * width))).squareRoot())
    var initialization = WeightInitialization(
      seed: seed, standardDeviation: deviation, firstStream: 1 << 52 | (isHead ? 1 : 0))
    let noise = initialization.normal([count, width]).value.scalars
    let new = noise.enumerated().map { means[$0 % width] + $1 }
    let all = Tensor(old + new, shape: [rows + count, width])
    return dataType == .bfloat16 ? all.bfloat16 : all
  }
}
