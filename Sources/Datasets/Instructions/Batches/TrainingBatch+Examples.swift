extension TrainingBatch {
  /// Gives each example a row of its own, as long as the longest; behind shorter ones nothing is predicted.
  /// - Parameter byteCounts: of the tokenizer that made them.
  package mutating func setRows(_ examples: [TokenizedExample], byteCounts: TokenByteCounts) {
    setRows(examples.map { [$0] }, byteCounts, isPacked: false)
  }

  /// Puts several examples into each row, one behind the other, each blind to the others.
  package mutating func setPackedRows(_ rows: [[TokenizedExample]], byteCounts: TokenByteCounts) {
    setRows(rows, byteCounts, isPacked: true)
  }

  /// The last token of an example is only a target.
  private mutating func setRows(_ rows: [[TokenizedExample]], _ byteCounts: TokenByteCounts, isPacked: Bool) {
    tokenByteCounts = byteCounts
    let length = rows.map { row in row.reduce(0) { $0 + $1.tokens.count - 1 } }.max() ?? 0
    reshape(batchSize: rows.count, sequenceLength: length)
    var starts = isPacked ? [Int32](repeating: 0, count: rows.count * length) : []
    for (row, examples) in rows.enumerated() {
      var position = 0
      for example in examples {
        let count = example.tokens.count - 1
        place(example, at: row * length + position)
        if isPacked { for index in 0..<count { starts[row * length + position + index] = Int32(position) } }
        position += count
      }
      for index in row * length + position..<(row + 1) * length {
        inputs[index] = 0
        targets[index] = Self.ignoredTarget
        if isPacked { starts[index] = Int32(position) }
      }
    }
    documentStarts = isPacked ? starts : nil
  }

  private mutating func place(_ example: TokenizedExample, at offset: Int) {
    for index in 0..<example.tokens.count - 1 {
      inputs[offset + index] = example.tokens[index]
      targets[offset + index] = example.isTrained[index + 1] ? example.tokens[index + 1] : Self.ignoredTarget
    }
  }
}
