import CKernels
import Kernels
import Testing

/// What was packed comes back: codes, scale and all, on whatever path, with however many threads.
@Suite struct PackedRoundTripTests {
  private static let layouts: [bitnet_packed_layout?] = [nil, BITNET_PACKED_TWO_BITS, BITNET_PACKED_TRIPLES]

  private static func codes(rows: Int, columns: Int, scale: Float = 0.0421) -> TernaryCodes {
    var samples = Samples(rows * 1000 + columns)
    return TernaryCodes(
      rows: rows, columns: columns, scale: scale, codes: samples.integers(rows * columns, in: -1...1))
  }

  /// Panels that are full and panels that are not; groups of 96 columns with every rest.
  @Test(arguments: [1, 15, 16, 17, 33, 100], [128, 256, 384, 640, 6912])
  func packedMatrixToTernaryMatrixToCodes(rows: Int, columns: Int) throws {
    let codes = Self.codes(rows: rows, columns: columns)
    try forEachPath { path in
      for (number, layout) in Self.layouts.enumerated() {
        for threads in 1...2 {
          try withThreads(threads) {
            let unpacked = TernaryMatrix(unpacking: try PackedMatrix(codes, layout: layout))
            let isSame = TernaryCodes(unpacked) == codes
            #expect(isSame, "layout \(number), \(path), \(threads) threads")
            // Padding too: products of whole panels read it.
            #expect(unpacked.differences(from: TernaryMatrix(codes)) == 0, "layout \(number), \(path)")
          }
        }
      }
    }
  }

  @Test(arguments: [-1, 0, 1] as [Int8]) func matricesOfOneCode(_ code: Int8) throws {
    let codes = TernaryCodes(rows: 19, columns: 256, scale: 0.5, codes: .init(repeating: code, count: 19 * 256))
    for layout in Self.layouts {
      let isSame = TernaryCodes(TernaryMatrix(unpacking: try PackedMatrix(codes, layout: layout))) == codes
      #expect(isSame)
    }
  }

  @Test(arguments: [0, 1e-30, 1, 65_504, 3e38] as [Float]) func scalesAreNotRounded(_ scale: Float) throws {
    let codes = Self.codes(rows: 4, columns: 128, scale: scale)
    let packed = try PackedMatrix(codes)
    #expect(packed.gamma == scale)
    #expect(TernaryCodes(TernaryMatrix(unpacking: packed)).scale == scale)
  }

  /// Masters → panels → codes → packed → panels: the last are the first.
  @Test(arguments: [WeightQuantization.absmean, .sign]) func quantisedMastersComeBack(
    _ quantization: WeightQuantization
  ) throws {
    var samples = Samples(5)
    let masters = samples.floats(37 * 384, magnitude: 0.05)
    let quantised = masters.withUnsafeBufferPointer {
      $0.baseAddress.map {
        TernaryMatrix(
          quantizing: $0, rows: 37, columns: 384,
          configuration: BitLinearConfiguration(weightQuantization: quantization))
      }
    }
    let first = try #require(quantised)
    let last = TernaryMatrix(unpacking: try PackedMatrix(TernaryCodes(first)))
    #expect(last.gamma == first.gamma && last.differences(from: first) == 0)
  }

  /// Every layout of files: the codes through bytes, through a packed matrix, and back.
  @Test func everyByteLayoutComesBack() throws {
    let codes = Self.codes(rows: 36, columns: 256)
    func unpacked(_ packed: PackedMatrix) -> TernaryCodes { TernaryCodes(TernaryMatrix(unpacking: packed)) }
    // Bytes of one layout are other codes in the other.
    let bytes = PackedTernaryFormat.i2_s.encode(codes)
    for layout in I2SLayout.allCases {
      let areSame = try bytes.withUnsafeBytes {
        try unpacked(PackedMatrix($0, i2sLayout: layout, rows: codes.rows, columns: codes.columns))
          == PackedTernaryFormat.i2_s.decode($0, rows: codes.rows, columns: codes.columns, layout: layout)
      }
      #expect(areSame, "\(layout)")
    }
    let found = try PackedHuggingFace.encode(codes).withUnsafeBytes {
      unpacked(try PackedMatrix(huggingFacePacked: $0, rows: codes.rows, columns: codes.columns, scale: codes.scale))
    }
    let isSame = found == codes
    #expect(isSame)
  }
}
