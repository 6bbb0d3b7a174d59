/// A minute in which something was beyond what an operator finds good.
public struct ServiceAlert: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Sendable {
    case memory, cpu, speed, failures, latency

    public var isCritical: Bool { self == .failures }
  }

  public let kind: Kind
  /// Minutes since 1970.
  public let minute: Int
  public let value: Double
  public let limit: Double

  /// What is good enough.
  public struct Limits: Equatable, Sendable {
    public var residentMegabytes = 1024.0
    public var cpuPercent = 80.0
    public var leastTokensPerSecond = 5.0
    public var failureShare = 0.05
    public var secondsOfAnswer = 5.0

    public init() {}
  }

  /// Those of some minutes, in their order.
  public static func alerts(in minutes: [ServiceMinute], _ limits: Limits) -> [ServiceAlert] {
    minutes.flatMap { minute in Kind.allCases.compactMap { alert($0, minute, limits) } }
  }

  private static func alert(_ kind: Kind, _ minute: ServiceMinute, _ limits: Limits) -> ServiceAlert? {
    let (value, limit, isLeast): (Double?, Double, Bool) =
      switch kind {
      case .memory: (Double(minute.peakResidentBytes) / 1_048_576, limits.residentMegabytes, false)
      case .cpu: (minute.peakCPUPercent, limits.cpuPercent, false)
      case .speed: (minute.tokensPerSecond, limits.leastTokensPerSecond, true)
      case .failures: (minute.failureShare, limits.failureShare, false)
      case .latency: (minute.secondsOfAnswer, limits.secondsOfAnswer, false)
      }
    guard let value, isLeast ? value < limit : value > limit else { return nil }
    return ServiceAlert(kind: kind, minute: minute.number, value: value, limit: limit)
  }
}
