import CKernels
import Kernels
import Testing

/// Every kernel of the forward pass gives the same bits on every instruction set.
@Suite struct ForwardBitsTests {
  /// Runs `body` on every path and compares what it returns with the first, portable one.
  static func expectSameOnAllPaths(_ what: String, _ body: (bitnet_kernels) -> [UInt32]) {
    var first: [UInt32]?
    forEachTable { kernels, path in
      let bits = body(kernels)
      if let first { expectSame(bits, first, "\(what), \(path)") }
      first = first ?? bits
    }
  }

  @Test func norms() {
    var samples = Samples(1)
    for columns in oddLengths {
      let rows = 3
      let (x, gain) = (samples.floats(rows * columns, magnitude: 3), samples.floats(columns, magnitude: 2))
      Self.expectSameOnAllPaths("\(columns) columns") { kernels in
        var (y, r) = (x, [Float](repeating: 0, count: rows))
        kernels.rms_norm(x, gain, 1e-5, rows, columns, &y, &r)
        return y.bitPatterns + r.bitPatterns
      }
    }
  }

  @Test(arguments: Activation.allCases) func gatedActivations(_ activation: Activation) {
    let activation = activation.kernel
    var samples = Samples(2)
    for columns in oddLengths {
      let (gate, up) = (samples.floats(columns, magnitude: 8), samples.floats(columns, magnitude: 3))
      let gain = samples.floats(columns, magnitude: 2)
      let stride = (columns + 3) / 4 * 4
      Self.expectSameOnAllPaths("\(columns) columns") { kernels in
        var (y, scratch) = (gate, gate)
        var codes = [Int8](repeating: 99, count: stride)
        var (scale, sum, r) = (Float(0), Int32(0), Float(0))
        kernels.gated(gate, up, columns, activation, &y)
        kernels.gated_norm_quantize(
          gate, up, activation, gain, 1e-5, 1, columns, &codes, stride, &scale, &sum, &r, &scratch)
        let integers = codes.map { UInt32(bitPattern: Int32($0)) } + [UInt32(bitPattern: sum)]
        return y.bitPatterns + [scale.bitPattern, r.bitPattern] + integers
      }
    }
  }

  @Test(arguments: [8, 16, 24, 32, 40, 64, 80, 96, 128]) func attention(_ dimension: Int) {
    for length in AttentionKernelTests.lengths {
      for documents in [nil, [0, Int32(length) / 3, Int32(length) / 2]] {
        let problem = AttentionKernelTests.Problem(length: length, dimension: dimension, documents: documents)
        Self.expectSameOnAllPaths("\(length) positions") { kernels in
          let forward = AttentionKernelTests.forward(kernels, problem, Placement.allCases[length % 4])
          return forward.y.bitPatterns + forward.logSums.bitPatterns
        }
      }
    }
  }

  @Test func crossEntropy() {
    var samples = Samples(3)
    for columns in oddLengths {
      let logits = samples.floats(2 * columns, magnitude: 40)
      Self.expectSameOnAllPaths("\(columns) logits") { kernels in
        var (losses, logSums): ([Float], [Float]) = ([0, 0], [0, 0])
        kernels.cross_entropy(logits, 2, columns, [0, Int32(columns - 1)], &losses, &logSums)
        return losses.bitPatterns + logSums.bitPatterns
      }
    }
  }
}
