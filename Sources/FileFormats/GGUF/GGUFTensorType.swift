/// How the elements of a tensor are stored in a GGUF file; raw values are ggml's type ids.
///
/// Types of other programs are refused by name when a file is opened.
public enum GGUFTensorType: UInt32, CaseIterable, Sendable {
  case float32 = 0
  case float16 = 1
  /// Blocks of 32 with 4 or 5 bits an element; the _1 types have a minimum beside the scale.
  case q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7
  /// Blocks of 32: float16 scale, 32 signed bytes.
  case q8_0 = 8
  /// Super-blocks of 256 with 2 to 6 bits an element, in groups that have scales of their own.
  case q2_k = 10, q3_k, q4_k, q5_k, q6_k
  case bfloat16 = 30
  /// Ternary, blocks of 256 in 54 bytes: five base-3 digits a byte, float16 scale.
  case tq1_0 = 34
  /// Ternary, blocks of 256 in 66 bytes: four 2-bit codes a byte, float16 scale.
  case tq2_0 = 35
  /// Ternary, blocks of 128 in 32 bytes and one float32 scale in the 32 bytes after the last: Microsoft's bitnet.cpp.
  case i2_s = 36

  /// As the field writes it: F32, TQ2_0 …
  public var name: String {
    switch self {
    case .float32: "F32"
    case .float16: "F16"
    case .bfloat16: "BF16"
    default: "\(self)".uppercased()
    }
  }

  /// Elements of one block; rows are whole blocks.
  public var blockSize: Int {
    switch self {
    case .float32, .float16, .bfloat16: 1
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q2_k, .q3_k, .q4_k, .q5_k, .q6_k, .tq1_0, .tq2_0: 256
    case .i2_s: 128
    }
  }

  package var blockBytes: Int {
    switch self {
    case .float32: 4
    case .float16, .bfloat16: 2
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q2_k: 84
    case .q3_k: 110
    case .q4_k: 144
    case .q5_k: 176
    case .q6_k: 210
    case .tq1_0: 54
    case .tq2_0: 66
    case .i2_s: 32
    }
  }

  /// Bytes after the last block.
  private var tailBytes: Int { self == .i2_s ? 32 : 0 }

  /// Whether the elements are codes −1, 0, +1 times a scale.
  public var isTernary: Bool {
    switch self {
    case .tq1_0, .tq2_0, .i2_s: true
    default: false
    }
  }

  /// Bytes of a tensor of so many elements, whose rows are whole blocks; nil when the number exceeds `Int`.
  package func byteCount(elements: Int) -> Int? {
    let (product, overflows) = (elements / blockSize).multipliedReportingOverflow(by: blockBytes)
    let (sum, tailOverflows) = product.addingReportingOverflow(tailBytes)
    return overflows || tailOverflows ? nil : sum
  }

  /// What a type id that is not read here is called elsewhere.
  static func foreignName(_ id: UInt32) -> String? {
    let names: [UInt32: String] = [
      9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S",
      22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M",
      38: "TL1 (bitnet.cpp)", 39: "MXFP4, or TL2 of bitnet.cpp", 40: "NVFP4", 42: "Q2_0", 134: "IQ1_BN (ik_llama.cpp)",
      135: "IQ2_BN (ik_llama.cpp)", 335: "IQ2_BN_R4 (ik_llama.cpp)",
    ]
    return names[id]
  }
}
