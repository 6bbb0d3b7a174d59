/// First come, first served among the elements of one client; clients take turns.
package struct FairQueue<Element> {
  private var elements: [String: [Element]] = [:]
  /// The clients with elements, whose turn it is first.
  private var turns: [String] = []
  package private(set) var count = 0

  package init() {}

  package var isEmpty: Bool { count == 0 }

  /// All elements, client by client.
  package var all: [Element] { turns.flatMap { elements[$0] ?? [] } }

  package mutating func append(_ element: Element, of client: String) {
    if elements[client] == nil { turns.append(client) }
    elements[client, default: []].append(element)
    count += 1
  }

  /// Whose turn it is.
  package var first: Element? { turns.first.flatMap { elements[$0]?.first } }

  /// Removes the first element; its client is last from now on.
  package mutating func removeFirst() -> Element? {
    guard let client = turns.first, var own = elements[client], !own.isEmpty else { return nil }
    turns.removeFirst()
    let element = own.removeFirst()
    elements[client] = own.isEmpty ? nil : own
    if !own.isEmpty { turns.append(client) }
    count -= 1
    return element
  }

  /// Removes elements; the others keep their places.
  package mutating func remove(where isRemoved: (Element) -> Bool) -> [Element] {
    var removed: [Element] = []
    for client in turns {
      let own = elements[client] ?? []
      let rest = own.filter { !isRemoved($0) }
      guard rest.count < own.count else { continue }
      removed += own.filter(isRemoved)
      elements[client] = rest.isEmpty ? nil : rest
    }
    turns.removeAll { elements[$0] == nil }
    count -= removed.count
    return removed
  }
}

extension FairQueue: Sendable where Element: Sendable {}
