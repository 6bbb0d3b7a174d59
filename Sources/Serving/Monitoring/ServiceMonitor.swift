import Foundation
import Kernels

/// What a service did in the last 24 hours, minute by minute: bounded memory, whatever the load.
public final class ServiceMonitor: Sendable {
  private struct State {
    /// By minutes since 1970.
    var minutes: [Int: ServiceMinute] = [:]
    var lastCPU: (time: Date, seconds: Double)?
  }

  private static let kept = 24 * 60
  private let state = SystemMutex(State())

  public init() {}

  public func add(_ record: RequestRecord, at time: Date = Date()) {
    state.withLock { state in
      Self.change(&state, time) { $0.add(record) }
    }
  }

  /// Takes down what the process uses; to be called a few times a minute.
  public func sample(at time: Date = Date()) {
    sample(at: time, residentBytes: ProcessMemory.residentBytes, cpuSeconds: Self.cpuSeconds)
  }

  package func sample(at time: Date, residentBytes: Int, cpuSeconds: Double) {
    state.withLock { state in
      let last = state.lastCPU
      state.lastCPU = (time, cpuSeconds)
      let passed = last.map { time.timeIntervalSince($0.time) } ?? 0
      let percent = last.flatMap { passed > 0 ? 100 * (cpuSeconds - $0.seconds) / passed : nil }
      Self.change(&state, time) { $0.sample(residentBytes: residentBytes, cpuPercent: percent) }
    }
  }

  private static func change(_ state: inout State, _ time: Date, _ body: (inout ServiceMinute) -> Void) {
    let number = Int(time.timeIntervalSince1970 / 60)
    body(&state.minutes[number, default: ServiceMinute(number: number)])
    if state.minutes.count > kept { state.minutes = state.minutes.filter { $0.key > number - kept } }
  }

  /// The minutes of the last hours in which something was taken down, oldest first.
  public func minutes(hours: Double, until time: Date = Date()) -> [ServiceMinute] {
    let last = Int(time.timeIntervalSince1970 / 60)
    let count = Int((min(max(hours, 0), 24) * 60).rounded(.up))
    return state.withLock { Array($0.minutes.values) }
      .filter { (last - count + 1...last).contains($0.number) }.sorted { $0.number < $1.number }
  }

  private static var cpuSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A minute of a service, or the sum of several.
public struct ServiceMinute: Equatable, Sendable {
  /// Since 1970; of a sum, that of the first.
  public let number: Int
  public private(set) var requests = 0
  /// That the service could not answer, by its own fault or for lack of time.
  public private(set) var failures = 0
  /// That had tokens as an answer.
  public private(set) var answers = 0
  public private(set) var promptTokens = 0
  public private(set) var cachedTokens = 0
  public private(set) var completionTokens = 0
  /// Of all answers, one after the other.
  public private(set) var answerSeconds = 0.0
  public private(set) var peakResidentBytes = 0
  public private(set) var peakCPUPercent: Double?

  init(number: Int) { self.number = number }

  mutating func add(_ record: RequestRecord) {
    requests += 1
    if record.status >= 500 || record.errorCode == "request_timeout" { failures += 1 }
    guard record.completionTokens > 0 else { return }
    answers += 1
    promptTokens += record.promptTokens
    cachedTokens += record.cachedTokens
    completionTokens += record.completionTokens
    answerSeconds += record.seconds
  }

  mutating func sample(residentBytes: Int, cpuPercent: Double?) {
    peakResidentBytes = max(peakResidentBytes, residentBytes)
    if let cpuPercent { peakCPUPercent = max(peakCPUPercent ?? 0, cpuPercent) }
  }

  mutating func add(_ other: ServiceMinute) {
    requests += other.requests
    failures += other.failures
    answers += other.answers
    promptTokens += other.promptTokens
    cachedTokens += other.cachedTokens
    completionTokens += other.completionTokens
    answerSeconds += other.answerSeconds
    sample(residentBytes: other.peakResidentBytes, cpuPercent: other.peakCPUPercent)
  }

  public var failureShare: Double { requests > 0 ? Double(failures) / Double(requests) : 0 }
  /// Of an answer, on average; nil: there was none.
  public var secondsOfAnswer: Double? { answers > 0 ? answerSeconds / Double(answers) : nil }
  /// Of an answer, on average, its prompt included.
  public var tokensPerSecond: Double? { answerSeconds > 0 ? Double(completionTokens) / answerSeconds : nil }
}

extension [ServiceMinute] {
  /// All of them together.
  public var sum: ServiceMinute { reduce(into: ServiceMinute(number: first?.number ?? 0)) { $0.add($1) } }
}
