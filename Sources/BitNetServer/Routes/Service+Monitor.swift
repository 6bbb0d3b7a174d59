import FileFormats
import Foundation
import Serving

extension Service {
  /// Sums over the last hours, from a part of one to 24.
  func summary(_ query: [String: String]) throws -> JSONValue {
    let hours = try hours(query, otherwise: 1)
    let minutes = monitor.minutes(hours: hours)
    guard !minutes.isEmpty else { return ["hours": .number(hours), "minutes": 0] }
    return ["hours": .number(hours), "minutes": .integer(minutes.count), "total": minutes.sum.json]
  }

  /// What was beyond its limit in the last six hours; active: also in the last five minutes.
  func alerts() -> JSONValue {
    let now = Int(Date().timeIntervalSince1970 / 60)
    let alerts = ServiceAlert.alerts(in: monitor.minutes(hours: 6), configuration.alertLimits)
    return [
      "active": .array(alerts.filter { $0.minute > now - 5 }.map(\.json)), "past": .array(alerts.map(\.json)),
    ]
  }

  /// Everything that is remembered.
  func export(_ query: [String: String]) throws -> JSONValue {
    let hours = try hours(query, otherwise: 24)
    let minutes = monitor.minutes(hours: hours)
    return [
      "exported": .string(Date().formatted(.iso8601)), "hours": .number(hours),
      "minutes": .array(minutes.map(\.json)), "total": minutes.sum.json, "alerts": alerts(),
    ]
  }

  private func hours(_ query: [String: String], otherwise: Double) throws -> Double {
    guard let text = query["hours"] else { return otherwise }
    guard let hours = Double(text), hours > 0, hours <= 24 else {
      throw APIError.invalid(
        "hours is \"\(text.printable())\", expected a number above 0 and up to 24.", param: "hours")
    }
    return hours
  }
}

extension ServiceMinute {
  fileprivate var json: JSONValue {
    func optional(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
    return [
      "time": .string(Date(timeIntervalSince1970: Double(number) * 60).formatted(.iso8601)),
      "requests": .integer(requests), "failures": .integer(failures), "failure_share": .number(failureShare),
      "answers": .integer(answers), "prompt_tokens": .integer(promptTokens), "cached_tokens": .integer(cachedTokens),
      "completion_tokens": .integer(completionTokens), "tokens_per_second": optional(tokensPerSecond),
      "seconds_of_answer": optional(secondsOfAnswer), "peak_resident_bytes": .integer(peakResidentBytes),
      "peak_cpu_percent": optional(peakCPUPercent),
    ]
  }
}

extension ServiceAlert {
  fileprivate var json: JSONValue {
    [
      "kind": .string(kind.rawValue), "severity": kind.isCritical ? "critical" : "warning",
      "time": .string(Date(timeIntervalSince1970: Double(minute) * 60).formatted(.iso8601)), "value": .number(value),
      "limit": .number(limit),
    ]
  }
}
