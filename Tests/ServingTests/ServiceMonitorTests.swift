import Foundation
import Serving
import Testing

/// What is remembered of minutes, and what is beyond their limits.
@Suite struct ServiceMonitorTests {
  private func record(status: Int = 200, tokens: Int = 100, seconds: Double = 2) -> RequestRecord {
    var record = RequestRecord(route: "/v1/completions", client: "a")
    (record.status, record.completionTokens, record.seconds) = (status, tokens, seconds)
    return record
  }

  @Test func minutesAreSummed() {
    let monitor = ServiceMonitor()
    let now = Date(timeIntervalSince1970: 6_000_000)
    for minute in 0..<3000 { monitor.add(record(), at: now + Double(minute - 2999) * 60) }
    monitor.add(record(status: 500, tokens: 0), at: now)
    monitor.add(record(status: 429, tokens: 0), at: now)
    #expect(
      monitor.minutes(hours: 24, until: now).count == 1440 && monitor.minutes(hours: 1000, until: now).count == 1440)
    let sum = monitor.minutes(hours: 1, until: now).sum
    #expect(sum.requests == 62 && sum.answers == 60 && sum.failures == 1 && sum.completionTokens == 6000)
    #expect(sum.tokensPerSecond == 50 && sum.secondsOfAnswer == 2)
    #expect(monitor.minutes(hours: 1, until: now + 7200).isEmpty)
  }

  @Test func whatIsBeyondItsLimitIsTold() {
    let monitor = ServiceMonitor()
    let now = Date(timeIntervalSince1970: 6_000_000)
    monitor.add(record(tokens: 10, seconds: 20), at: now)
    monitor.add(record(status: 503, tokens: 0), at: now)
    monitor.sample(at: now, residentBytes: 3 << 30, cpuSeconds: 10)
    monitor.sample(at: now + 10, residentBytes: 1 << 30, cpuSeconds: 19)
    let alerts = ServiceAlert.alerts(in: monitor.minutes(hours: 1, until: now), ServiceAlert.Limits())
    #expect(alerts.map(\.kind) == [.memory, .cpu, .speed, .failures, .latency])
    #expect(alerts.map(\.value) == [3072, 90, 0.5, 0.5, 20])
    #expect(alerts.filter { $0.kind.isCritical }.count == 1)
    let quiet = ServiceMonitor()
    quiet.add(record(), at: now)
    #expect(ServiceAlert.alerts(in: quiet.minutes(hours: 1, until: now), ServiceAlert.Limits()).isEmpty)
  }
}
