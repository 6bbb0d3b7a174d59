import Kernels

/// Counts what each client took in the last minute, requests or tokens: a window that slides, so that no minute anywhere has
/// more than is allowed. Remembers a bounded number of clients; those that were seen longest ago are forgotten first.
public final class RateLimiter: Sendable {
  /// What was taken within a second.
  private struct Portion {
    let first: ContinuousClock.Instant
    var last: ContinuousClock.Instant
    var amount: Int
  }

  private struct Client {
    /// Of the last minute, oldest first; a second each, so that there are never more than 61.
    var portions: [Portion] = []
    var lastUse = 0

    mutating func forget(before now: ContinuousClock.Instant) {
      portions.removeAll { now - $0.last >= RateLimiter.window }
    }

    mutating func add(_ amount: Int, at now: ContinuousClock.Instant) {
      if let last = portions.indices.last, now - portions[last].first < .seconds(1) {
        portions[last].last = max(portions[last].last, now)
        portions[last].amount += amount
      } else {
        portions.append(Portion(first: now, last: now, amount: amount))
      }
    }

    /// nil: there is room for `amount` now; else when there will be.
    func room(for amount: Int, of limit: Int) -> ContinuousClock.Instant? {
      var taken = portions.reduce(0) { $0 + $1.amount }
      var free: ContinuousClock.Instant?
      for portion in portions where taken + amount > limit {
        taken -= portion.amount
        free = portion.last + RateLimiter.window
      }
      return free
    }
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
  private let state = SystemMutex(State())

  public init(clientLimit: Int = 10_000) { self.clientLimit = clientLimit }

  /// Counts a request that is allowed; those that are refused do not count.
  /// - Returns: nil: it is allowed; else after how many seconds one will be.
  public func refusal(of client: String, perMinute limit: Int, at now: ContinuousClock.Instant = .now) -> Int? {
    change(client, now) { entry in
      let free = entry.room(for: 1, of: limit)
      if free == nil { entry.add(1, at: now) }
      return free.map { Self.seconds(from: now, to: $0) }
    }
  }

  /// Counts nothing yet.
  /// - Parameter amount: no more than `limit`.
  /// - Returns: nil: so much is allowed; else after how many seconds it will be.
  public func wait(
    of client: String, for amount: Int, perMinute limit: Int, at now: ContinuousClock.Instant = .now
  ) -> Int? {
    change(client, now) { $0.room(for: amount, of: limit).map { Self.seconds(from: now, to: $0) } }
  }

  /// Counts what was taken, whatever is allowed.
  public func add(_ amount: Int, of client: String, at now: ContinuousClock.Instant = .now) {
    change(client, now) { $0.add(amount, at: now) }
  }

  private func change<Result: Sendable>(
    _ client: String, _ now: ContinuousClock.Instant, _ body: (inout Client) -> Result
  ) -> Result {
    state.withLock { state in
      var entry = state.clients[client] ?? Client()
      entry.forget(before: now)
      state.uses += 1
      entry.lastUse = state.uses
      defer {
        state.clients[client] = entry
        if state.clients.count > clientLimit { state.forgetHalf() }
      }
      return body(&entry)
    }
  }

  private static func seconds(from now: ContinuousClock.Instant, to instant: ContinuousClock.Instant) -> Int {
    max(1, Int(((instant - now) / .seconds(1)).rounded(.up)))
  }

  package var clientCount: Int { state.withLock { $0.clients.count } }
}
