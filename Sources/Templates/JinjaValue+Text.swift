extension JinjaValue {
  /// The value as the filter `tojson` writes it, which is how Python's `json.dumps` does.
  /// - Throws: `JinjaError` of the kind `limit`, for a value that is too large.
  public func jsonText() throws -> String { try Self.writer.render(["value": self]) }

  private static let writer: JinjaTemplate = {
    do {
      return try JinjaTemplate("{{ value | tojson }}")
    } catch {
      preconditionFailure("the template that writes JSON cannot be read: \(error)")
    }
  }()
}
