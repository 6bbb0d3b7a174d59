import Testing

import Serving

@Suite struct FairQueueTests {
  private func queue(_ elements: String) -> FairQueue<String> {
    var queue = FairQueue<String>()
    for element in elements.split(separator: " ") { queue.append(String(element), of: String(element.prefix(1))) }
    return queue
  }

  private func order(_ queue: FairQueue<String>) -> String {
    var queue = queue
    var order: [String] = []
    while let next = queue.first, queue.removeFirst() == next { order.append(next) }
    #expect(queue.isEmpty)
    return order.joined(separator: " ")
  }

  @Test func clientsTakeTurns() {
    #expect(order(queue("a1 a2 a3 b1 a4 c1 b2")) == "a1 b1 c1 a2 b2 a3 a4")
    #expect(order(queue("a1 a2 a3")) == "a1 a2 a3")
    #expect(order(queue("")) == "")
  }

  @Test func aClientThatComesBackIsLast() {
    var queue = queue("a1 b1 b2")
    let first = queue.removeFirst()
    #expect(first == "a1")
    queue.append("a2", of: "a")
    #expect(queue.count == 3 && order(queue) == "b1 a2 b2")
  }

  @Test func whatIsRemovedLeavesTheOthersWhereTheyAre() {
    var queue = queue("a1 b1 a2 c1 b2")
    let removed = queue.remove { $0 == "b1" || $0 == "c1" }
    #expect(Set(removed) == ["b1", "c1"])
    #expect(queue.count == 3 && queue.all.count == 3 && order(queue) == "a1 b2 a2")
  }
}
