extension Architecture {
  /// Everything that makes this shape impossible; empty when it can be built. Keys are Hugging Face's.
  public var problems: [String] {
    var problems: [String] = []
    func requireRange(_ key: String, _ value: Int, _ limit: Int) {
      if !(1...limit).contains(value) { problems.append("\(key) is \(value), expected 1 to \(limit)") }
    }
    requireRange("vocab_size", vocabularySize, 1 << 24)
    requireRange("hidden_size", hiddenSize, 1 << 20)
    requireRange("intermediate_size", intermediateSize, 1 << 22)
    requireRange("num_hidden_layers", hiddenLayerCount, 1 << 12)
    requireRange("num_attention_heads", attentionHeadCount, 1 << 16)
    requireRange("num_key_value_heads", keyValueHeadCount, 1 << 16)
    requireRange("max_position_embeddings", maximumPositionEmbeddings, 1 << 26)
    if attentionHeadCount > 0, hiddenSize > 0 { problems += headProblems }
    if !(ropeTheta.isFinite && ropeTheta > 0) { problems.append("rope_theta is \(ropeTheta), expected > 0") }
    // Norms and initial weights are computed in float32.
    for epsilon in [rmsNormEpsilon] + (projectionNormEpsilon.map { [$0] } ?? [])
    where !(Float(epsilon).isFinite && Float(epsilon) > 0) {
      problems.append("rms_norm_eps is \(epsilon), expected a number above 0 that float32 holds")
    }
    if !(Float(initializerRange).isFinite && initializerRange >= 0) {
      problems.append("initializer_range is \(initializerRange), expected ≥ 0 and a number that float32 holds")
    }
    if bitLinear.activationBits != 8 {
      problems.append("activation_bits is \(bitLinear.activationBits), expected 8")
    }
    if headDimension > 0 {
      problems += ropeScaling.problems(headDimension: headDimension).map { "rope_scaling: \($0)" }
    }
    return problems + (problems.isEmpty ? frequencyProblems : []) + tokenProblems
  }

  /// - Precondition: everything else but the token ids is possible.
  private var frequencyProblems: [String] {
    let frequencies = ropeScaling.inverseFrequencies(headDimension: headDimension, theta: ropeTheta)
    return frequencies.allSatisfy(\.isFinite)
      ? [] : ["rope_theta \(ropeTheta) and rope_scaling give frequencies that are no numbers"]
  }

  private var headProblems: [String] {
    var problems: [String] = []
    if !(1...(1 << 16)).contains(headDimension) {
      problems.append(
        "the head dimension is \(headDimension) (head_dim, else hidden_size \(hiddenSize) / num_attention_heads "
          + "\(attentionHeadCount)), expected 1 to \(1 << 16)")
    } else if !headDimension.isMultiple(of: 2) {
      problems.append(
        "the head dimension \(headDimension) is odd (head_dim, else hidden_size \(hiddenSize) / num_attention_heads "
          + "\(attentionHeadCount)); rotary embeddings need pairs")
    } else if attentionHeadCount <= 1 << 16, querySize > 1 << 22 {
      // With this and the ranges above, the elements of all tensors are a number that Int holds.
      problems.append(
        "num_attention_heads \(attentionHeadCount) × head_dim \(headDimension) is \(querySize), expected at most \(1 << 22)"
      )
    }
    if keyValueHeadCount > 0, !attentionHeadCount.isMultiple(of: keyValueHeadCount) {
      problems.append(
        "num_attention_heads \(attentionHeadCount) is not a multiple of num_key_value_heads \(keyValueHeadCount)")
    }
    return problems
  }

  private var tokenProblems: [String] {
    let ids =
      [("bos_token_id", beginningOfSequenceTokenID), ("pad_token_id", paddingTokenID)]
      + endOfSequenceTokenIDs.map { ("eos_token_id", Optional($0)) }
    return ids.compactMap { key, id in
      guard let id, vocabularySize > 0, !(0..<vocabularySize).contains(id) else { return nil }
      return "\(key) is \(id), outside the vocabulary (vocab_size \(vocabularySize))"
    }
  }
}
