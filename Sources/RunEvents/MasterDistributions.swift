import Autograd
import Kernels
import TensorBoardEvents

/// How the master weights are distributed that a run trains, one histogram for each kind of matrix over all layers.
///
/// Every weight is counted, in two passes over memory: an evaluation reads all of them once for every batch and does
/// something with them. Nothing is copied but a few rows of bfloat16 at a time.
struct MasterDistributions {
  private let kinds: [(name: String, parameters: [Parameter])]

  init(_ parameters: [(name: String, parameter: Parameter)]) {
    var kinds: [(name: String, parameters: [Parameter])] = []
    for (name, parameter) in parameters where parameter.isTrainable && parameter.shape.rank == 2 {
      let kind = Self.kind(ofParameter: name)
      if let index = kinds.firstIndex(where: { $0.name == kind }) {
        kinds[index].parameters.append(parameter)
      } else {
        kinds.append((kind, [parameter]))
      }
    }
    self.kinds = kinds
  }

  var eventValues: [EventValue] {
    kinds.compactMap { kind in
      let histogram = EventHistogram { visit in
        for parameter in kind.parameters { parameter.value.forEachPart(visit) }
      }
      return histogram.map { EventValue("weights/" + kind.name, .histogram($0)) }
    }
  }

  /// `q_proj` of `model.layers.3.self_attn.q_proj.weight`, `q_proj.lora_A` of an adapter's.
  static func kind(ofParameter name: String) -> String {
    let parts = name.split(separator: ".")
    let inLayer = parts.firstIndex { Int($0) != nil }.map { parts[($0 + 1)...].dropFirst() } ?? parts.suffix(2)
    return (inLayer.last == "weight" ? inLayer.dropLast() : inLayer).joined(separator: ".")
  }
}

extension Tensor {
  /// Hands out all elements as float32.
  fileprivate func forEachPart(_ visit: (UnsafeBufferPointer<Float>) -> Void) {
    switch dataType {
    case .float32: visit(UnsafeBufferPointer(start: floats, count: shape.count))
    case .bfloat16:
      let (chunk, numbers) = (4096, bfloats)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk) { part in
        for first in stride(from: 0, to: shape.count, by: chunk) {
          let count = min(chunk, shape.count - first)
          for index in 0..<count { part[index] = numbers[first + index].floatValue }
          visit(UnsafeBufferPointer(rebasing: part[..<count]))
        }
      }
    }
  }
}
