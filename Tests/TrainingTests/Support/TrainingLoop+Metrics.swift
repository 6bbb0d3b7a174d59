import Training

extension TrainingLoop {
  /// Runs and writes metrics.jsonl, as the command does.
  /// - Parameter stopAfter: the step after which the run is asked to stop.
  func run(into metrics: MetricsLog, stopAfter last: Int?) throws -> TrainingOutcome {
    try run { event in
      switch event {
      case .stepped(let report): if report.step == last { return .stop }
      case .logged(let line): try metrics.append(MetricsLine(line))
      case .evaluated(let step, let loss): try metrics.append(MetricsLine(step: step, validation: loss))
      case .saved: break
      }
      return .continue
    }
  }
}
