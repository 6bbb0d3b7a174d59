import Foundation

/// Bytes of llama2.c files: a header, and floats that count up.
struct Llama2CFixture {
  /// dim, hidden_dim, n_layers, n_heads, n_kv_heads, vocab_size, seq_len.
  var fields: [Int32] = [8, 12, 2, 2, 1, 5, 3]

  /// By hand: embedding 40; per layer norms 8 + 8, q 64, k 32, v 32, o 64, three matrices of 96; norm 8; tables of 6.
  static let floatCount = 40 + 2 * (8 + 64 + 32 + 32 + 64 + 8 + 3 * 96) + 8 + 2 * 6

  func bytes(floats: Int = floatCount, more: Int = 0) -> Data {
    var data = Data()
    for field in fields { withUnsafeBytes(of: field.littleEndian) { data.append(contentsOf: $0) } }
    for index in 0..<floats {
      withUnsafeBytes(of: Float(index).bitPattern.littleEndian) { data.append(contentsOf: $0) }
    }
    return data + Data(count: more)
  }
}
