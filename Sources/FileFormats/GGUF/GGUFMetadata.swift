/// The typed keys and values at the front of a GGUF file, in file order.
public struct GGUFMetadata: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public let key: String
    public let value: GGUFValue

    package init(key: String, value: GGUFValue) {
      self.key = key
      self.value = value
    }
  }

  public private(set) var entries: [Entry]
  private var places: [String: Int]

  package init(_ entries: [Entry] = []) {
    self.entries = entries
    places = Dictionary(entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The value of a key; setting replaces it in place, appends a new key, or removes the key when nil.
  public subscript(key: String) -> GGUFValue? {
    get { places[key].map { entries[$0].value } }
    set {
      switch (places[key], newValue) {
      case (let place?, let value?): entries[place] = Entry(key: key, value: value)
      case (nil, let value?):
        places[key] = entries.count
        entries.append(Entry(key: key, value: value))
      case (.some, nil): self = GGUFMetadata(entries.filter { $0.key != key })
      case (nil, nil): break
      }
    }
  }
}
