import Training

/// The run folder does not allow what was asked for; nothing was started.
struct RunRefused: UsageError, CustomStringConvertible {
  let error: RunError

  var description: String { error.description }
}

extension RunError {
  /// False when it is the files of the run that are at fault.
  var isAboutTheRequest: Bool {
    switch self {
    case .inUse, .alreadyHoldsRun, .holdsOtherFiles, .nothingToResume, .differentRun: true
    case .damagedCheckpoint, .unreadableState, .folderGone: false
    }
  }
}

extension ModelTooLarge: UsageError {}
