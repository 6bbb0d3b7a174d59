import Autograd
import Foundation
import Kernels

extension Tensor {
  /// limit · tanh(x / limit), elementwise: keeps logits within ±limit, smoothly (arXiv 2408.00118).
  public func softCapped(at limit: Float) -> Tensor {
    let result = withFloats { x in
      Tensor(shape: shape) { y in
        // The threads write to elements of their own.
        nonisolated(unsafe) let y = y
        ThreadPool.current.forEachRange(of: x.count, minimumPerThread: 16_384) { range in
          for index in range { y[index] = limit * tanhf(x[index] / limit) }
        }
      }
    }
    return result.recorded(from: self, by: SoftCapBackward(result: result, limit: limit))
  }
}

/// y = c·tanh(x/c): dx = dy·(1 − (y/c)²). Saves y.
private struct SoftCapBackward: BackwardOperation {
  let result: Tensor
  let limit: Float

  func backward(_ outputGradient: Tensor, into inputs: GradientSink) {
    result.withFloats { y in
      outputGradient.withFloats { dy in
        inputs.accumulate(to: 0) { dx, isFirst in
          for index in 0..<y.count {
            let share = y[index] / limit
            let slope = dy[index] * (1 - share * share)
            dx[index] = isFirst ? slope : dx[index] + slope
          }
        }
      }
    }
  }
}
