import Synchronization

/// Counts the requests of each client in the last minute: a window that slides, so that no minute anywhere has more than are
/// allowed. Remembers a bounded number of clients; those that were seen longest ago are forgotten first.
public final class RateLimiter: Sendable {
  private struct Client {
    /// When the requests of the last minute came, oldest first.
    var requests: [ContinuousClock.Instant] = []
    var lastUse = 0
  }

  private struct State {
    var clients: [String: Client] = [:]
    var uses = 0

    /// Half at a time: a constant effort for each client.
    mutating func forgetHalf() {
      let uses = clients.values.map(\.lastUse).sorted()
      let middle = uses[uses.count / 2]
      clients = clients.filter { $0.value.lastUse >= middle }
    }
  }

  private static let window = Duration.seconds(60)
  private let clientLimit: Int
  private let state = Mutex(State())

  public init(clientLimit: Int = 10_000) { self.clientLimit = clientLimit }

  /// Counts a request that is allowed; those that are refused do not count.
  /// - Returns: nil: it is allowed; else after how many seconds one will be.
  public func refusal(
    of client: String, requestsPerMinute limit: Int, at now: ContinuousClock.Instant = .now
  ) -> Int? {
    state.withLock { state in
      var entry = state.clients[client] ?? Client()
      entry.requests.removeAll { now - $0 >= Self.window }
      state.uses += 1
      entry.lastUse = state.uses
      defer {
        state.clients[client] = entry
        if state.clients.count > clientLimit { state.forgetHalf() }
      }
      guard entry.requests.count >= limit else {
        entry.requests.append(now)
        return nil
      }
      let free = entry.requests[entry.requests.count - limit] + Self.window
      return max(1, Int(((free - now) / .seconds(1)).rounded(.up)))
    }
  }

  package var clientCount: Int { state.withLock { $0.clients.count } }
}
