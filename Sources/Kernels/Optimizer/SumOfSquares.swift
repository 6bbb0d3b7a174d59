import CKernels

/// Sums of squares in double precision over a fixed partition, the same for every number of threads.
package struct SumOfSquares: ~Copyable {
  private static let blockSize = 16_384
  private let partialSums: UnsafeMutableBufferPointer<Double>

  /// - Parameter maximumCount: the largest number of elements that will be summed.
  package init(maximumCount: Int) {
    let blocks = max(1, (maximumCount + Self.blockSize - 1) / Self.blockSize)
    partialSums = .allocate(capacity: blocks)
  }

  deinit { partialSums.deallocate() }

  /// Infinite or NaN exactly when one of the values is.
  package func callAsFunction(_ values: UnsafePointer<Float>, count: Int) -> Double {
    let blocks = (count + Self.blockSize - 1) / Self.blockSize
    require(blocks <= partialSums.count, "\(count) elements are more than this sum was made for")
    let (kernels, partialSums) = (KernelTable.current, self.partialSums)
    ThreadPool.current.forEachRange(of: blocks) { range in
      for block in range {
        let start = block * Self.blockSize
        partialSums[block] = kernels.sum_of_squares(values + start, min(Self.blockSize, count - start))
      }
    }
    return partialSums[..<blocks].reduce(0, +)
  }
}
