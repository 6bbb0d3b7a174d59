/// A key of a recipe with everything that is known of it: what it may hold, where the value goes in a ``RecipeDraft`` and
/// is found again, when it has a meaning, and what others call it.
struct RecipeEntry: Sendable {
  typealias Condition = @Sendable (RecipeDraft) -> Bool

  /// When a key must be there.
  enum Requirement: Sendable {
    case never
    case always
    case when(because: String? = nil, Condition)
  }

  let path: String
  /// The kinds of recipes that it belongs to.
  let kinds: [Recipe.Kind]
  /// The names of other tools for the same thing.
  let aliases: [String]
  /// Takes the value that the recipe holds.
  let read: @Sendable (inout RecipeDraft, inout RecipeReader) -> Void
  /// Puts a default that follows from other keys where the recipe holds no value.
  let fill: @Sendable (inout RecipeDraft, RecipeReader) -> Void
  /// The value in YAML; nil where the key is left out.
  let write: @Sendable (RecipeDraft) -> String?

  /// A key that always has a value.
  /// - Parameters:
  ///   - place: where the value is kept; what is there before reading is the default.
  ///   - condition: where the key has no meaning it is neither read nor written.
  ///   - fallback: a default that follows from other keys.
  ///   - isWritten: where the value says nothing it is read, but not written.
  init<Value>(
    _ key: RecipeKey<Value>, _ place: WritableKeyPath<RecipeDraft, Value> & Sendable,
    kinds: [Recipe.Kind] = Recipe.Kind.allCases, when condition: @escaping Condition = { _ in true },
    required: Requirement = .never, default fallback: (@Sendable (RecipeDraft) -> Value)? = nil,
    writtenWhen isWritten: @escaping Condition = { _ in true }, aliases: [String] = []
  ) {
    (path, self.kinds, self.aliases) = (key.path, kinds, aliases)
    let isRead: Condition = { kinds.contains($0.kind) && condition($0) }
    read = { draft, reader in
      guard key.path == Self.kindPath || isRead(draft) else { return }
      if let value = reader.value(key, required, draft) { draft[keyPath: place] = value }
    }
    fill = { draft, reader in
      guard let fallback, isRead(draft), !reader.isGiven(key.path) || !reader.isSound(key.path) else { return }
      draft[keyPath: place] = fallback(draft)
    }
    write = { isRead($0) && isWritten($0) ? key.format($0[keyPath: place]) : nil }
  }

  /// A key that may have no value.
  /// - Parameter writesNull: whether no value is written as null, or the key left out.
  init<Value>(
    _ key: RecipeKey<Value>, _ place: WritableKeyPath<RecipeDraft, Value?> & Sendable,
    kinds: [Recipe.Kind] = Recipe.Kind.allCases, when condition: @escaping Condition = { _ in true },
    required: Requirement = .never, writesNull: Bool = false, aliases: [String] = []
  ) {
    (path, self.kinds, self.aliases) = (key.path, kinds, aliases)
    let isRead: Condition = { kinds.contains($0.kind) && condition($0) }
    read = { draft, reader in
      guard isRead(draft) else { return }
      if reader.node(at: key.path)?.isNull == true { draft[keyPath: place] = nil }
      if let value = reader.value(key, required, draft) { draft[keyPath: place] = value }
    }
    fill = { _, _ in }
    write = { draft in
      guard isRead(draft) else { return nil }
      return draft[keyPath: place].map(key.format) ?? (writesNull ? "null" : nil)
    }
  }

  /// The one that the meaning of all others depends on.
  private static let kindPath = "recipe"
}

extension RecipeReader {
  /// nil when the key is absent and need not be there, or wrong.
  fileprivate mutating func value<Value>(
    _ key: RecipeKey<Value>, _ requirement: RecipeEntry.Requirement, _ draft: RecipeDraft
  ) -> Value? {
    switch requirement {
    case .always: return required(key)
    case .when(let reason, let condition) where condition(draft): return required(key, because: reason)
    case .never, .when: return optional(key)
    }
  }
}
