#if Server
  import BitNetServer
  import FileFormats
  import Testing

  /// What /openapi.json says is what the server does.
  @Suite struct InterfaceDescriptionTests {
    private func description() async throws -> JSONValue {
      var description: JSONValue?
      try await RunningServer.with(change: { $0.aliases = ["an \"alias\""] }) { server in
        description = try await server.ask("GET", "/openapi.json").json
      }
      return try #require(description)
    }

    @Test func everyKeyThatIsFollowedIsDescribed() async throws {
      let schemas = try #require(try await description()["components"]?["schemas"])
      for (name, keys) in [("ChatRequest", RequestKeys.chat), ("CompletionRequest", .completion)] {
        let described = Set(try #require(schemas[name]?["properties"]?.objectValue).keys)
        #expect(keys.followed.subtracting(described) == [], "\(name)")
        #expect(described.subtracting(keys.names) == [], "\(name)")
        #expect(schemas[name]?["properties"]?["model"]?["enum"] == ["small", "an \"alias\""])
      }
    }

    @Test func everyRouteIsDescribedAndThere() async throws {
      let paths = try #require(try await description()["paths"]?.objectValue)
      try await RunningServer.with { server in
        for (path, operations) in paths {
          let method = try #require(operations.objectValue?.keys.first).uppercased()
          let asked = path.replacing("{id}", with: "small")
          let answer = try await server.ask(method, asked, "{}")
          #expect(answer.status != 404 && answer.status != 405, "\(method) \(asked): \(answer.body)")
          let described = operations[method.lowercased()]?["responses"]?["\(answer.status)"]
          #expect(described != nil, "\(method) \(asked): \(answer.status)")
        }
      }
      let described = paths.keys.sorted()
      #expect(described == RouteNames.all.filter { $0 != "/" }.sorted())
    }
  }
#endif
