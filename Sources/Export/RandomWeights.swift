import Architectures
import Foundation
import Kernels

/// A model of random weights that is never in memory as a whole: for measurements at the shapes of real models.
package struct RandomWeights: ModelWeights {
  package let architecture: Architecture
  package let url = URL(fileURLWithPath: "random")
  private let seed: UInt64

  package init(_ architecture: Architecture, seed: UInt64) {
    self.architecture = architecture
    self.seed = seed
  }

  package func withStored<Result>(
    _ parameter: ModelParameter, _ body: (StoredTensor) throws -> Result
  ) throws -> Result {
    if architecture.isQuantized(parameter) {
      return try PackedTernaryFormat.i2_s.encode(codes(parameter)).withUnsafeBytes { bytes in
        try body(
          StoredTensor(.ternary(.i2_s, .blocksOf128), shape: parameter.shape, bytes: bytes, place: parameter.name))
      }
    }
    return try values(parameter).withUnsafeBytes { bytes in
      try body(StoredTensor(.floats(.bfloat16), shape: parameter.shape, bytes: bytes, place: parameter.name))
    }
  }

  private func codes(_ parameter: ModelParameter) -> TernaryCodes {
    var state = start(parameter)
    let codes = [Int8](unsafeUninitializedCapacity: parameter.elementCount) { codes, count in
      for index in 0..<parameter.elementCount { codes[index] = Int8(Self.next(&state) >> 32 % 3) - 1 }
      count = parameter.elementCount
    }
    let scale = Float16Conversion.roundedToFloat16(1 / Float(parameter.shape[1]).squareRoot())
    return TernaryCodes(rows: parameter.shape[0], columns: parameter.shape[1], scale: scale, codes: codes)
  }

  private func values(_ parameter: ModelParameter) -> [UInt16] {
    var state = start(parameter)
    let deviation = Float(architecture.initializerRange)
    // Uniform bfloat16 numbers of the wanted deviation; gains of a norm around 1.
    return [UInt16](unsafeUninitializedCapacity: parameter.elementCount) { values, count in
      for index in 0..<parameter.elementCount {
        let uniform = Float(Self.next(&state) >> 40) * 0x1p-24 - 0.5
        values[index] = BFloat16(parameter.isNorm ? 1 + 0.2 * uniform : uniform * deviation * 3.46).bitPattern
      }
      count = parameter.elementCount
    }
  }

  private func start(_ parameter: ModelParameter) -> UInt64 {
    parameter.name.utf8.reduce(seed &* 0x9E37_79B9_7F4A_7C15 | 1) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } | 1
  }

  /// xorshift: billions of numbers that only have to look random.
  private static func next(_ state: inout UInt64) -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
