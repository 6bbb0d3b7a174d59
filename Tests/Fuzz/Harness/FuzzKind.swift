/// A kind of input and what it is called.
struct FuzzKind: Sendable {
  let name: String
  let type: any InputKind.Type
}
