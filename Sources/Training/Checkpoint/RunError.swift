import FileFormats
import Foundation

/// Why a run folder cannot be trained in.
public enum RunError: Error, Equatable, Sendable, CustomStringConvertible {
  /// - Parameter process: the process id found in the lock file.
  case inUse(path: String, process: String?)
  case alreadyHoldsRun(path: String, latest: String)
  /// - Parameter file: one that is not of a run.
  case holdsOtherFiles(path: String, file: String)
  case nothingToResume(path: String)
  /// - Parameters:
  ///   - reason: what is wrong with the newest checkpoint.
  ///   - previous: the newest checkpoint before it.
  case damagedCheckpoint(path: String, reason: String, previous: String?)
  /// The files of a checkpoint are unharmed, but do not fit together.
  case unreadableState(path: String, reason: String)
  case differentRun(path: String, differences: [RunIdentity.Difference])
  /// - Parameter savedStep: of the checkpoint that was saved into a new folder of that name; nil where there is none.
  case folderGone(path: String, savedStep: Int?)

  public var description: String {
    switch self {
    case .inUse(let path, let process):
      return "\(path): another process\(process.map { " (\($0))" } ?? "") is training in this folder. "
        + "Wait for it, stop it, or choose another output_dir."
    case .alreadyHoldsRun(let path, let latest):
      return "\(path): holds a run already (\(latest)), which is never overwritten. Continue it with --resume, choose "
        + "another output_dir, or remove the folder."
    case .holdsOtherFiles(let path, let file):
      return
        "\(path): holds \(file.printable()), which no run has written. Expected a folder that is new, empty or of a "
        + "run; choose another output_dir, or move what is there."
    case .nothingToResume(let path):
      return "\(path): holds no checkpoint to resume from. Start the run without --resume."
    case .damagedCheckpoint(let path, let reason, let previous):
      let way =
        previous.map { "To go on from \($0), remove the damaged one first: rm -r '\(path)'" }
        ?? "There is no earlier checkpoint: remove the run folder and start again"
      return "\(path): the newest checkpoint is damaged. \(reason)\n\(way)."
    case .unreadableState(let path, let reason):
      return "\(path): \(reason). Resume with the version that wrote it, or from another checkpoint."
    case .differentRun(let path, let differences):
      let list = differences.map { "\n  - \($0)" }.joined()
      return "\(path): belongs to a run that differs from the recipe:\(list)\n"
        + "Resume with the run's own recipe.yaml, or start a new run in another output_dir."
    case .folderGone(let path, let savedStep):
      let kept =
        savedStep.map {
          "The state after step \($0) was saved into a new folder of that name, without the metrics so far: go on with "
            + "--resume, or with what was moved elsewhere."
        } ?? "Something else has the name now, so nothing could be saved after the last checkpoint of the old folder."
      return "\(path): the run folder was removed, renamed or replaced while the run was training. \(kept)"
    }
  }
}
