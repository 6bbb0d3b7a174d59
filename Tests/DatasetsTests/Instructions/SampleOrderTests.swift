import Datasets
import Testing

@Suite struct SampleOrderTests {
  @Test(arguments: [1, 2, 3, 5, 64, 65, 1000, 4097])
  func everyEpochSeesEveryExampleOnce(count: Int) {
    let order = SampleOrder(count: count, seed: 9)
    var epochs: Set<[Int]> = []
    for epoch in 0..<4 {
      let samples = (0..<count).map { order.example(ofSample: epoch * count + $0) }
      #expect(samples.sorted() == Array(0..<count))
      epochs.insert(samples)
    }
    if count > 10 { #expect(epochs.count == 4) }
  }

  @Test func seedsGiveOtherOrders() {
    func samples(_ seed: UInt64) -> [Int] {
      (0..<100).map { SampleOrder(count: 100, seed: seed).example(ofSample: $0) }
    }
    #expect(samples(1) == samples(1) && samples(1) != samples(2))
  }

  /// Every example is equally likely at every place: counts of 6,000 epochs lie within six standard deviations.
  @Test(arguments: [2, 3, 7])
  func placesAreUniform(count: Int) {
    let epochs = 6000
    let order = SampleOrder(count: count, seed: 4)
    var counts = [[Int]](repeating: Array(repeating: 0, count: count), count: count)
    for epoch in 0..<epochs {
      for place in 0..<count { counts[place][order.example(ofSample: epoch * count + place)] += 1 }
    }
    let probability = 1 / Double(count)
    let bound = 6 * (Double(epochs) * probability * (1 - probability)).squareRoot()
    for number in counts.joined() { #expect(abs(Double(number) - Double(epochs) * probability) < bound, "\(counts)") }
  }
}
