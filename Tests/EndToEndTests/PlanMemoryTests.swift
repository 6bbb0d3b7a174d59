#if os(Linux)
  import Foundation
  import Testing

  /// The memory that `bitnet plan` foretells, against what the run then takes.
  @Suite struct PlanMemoryTests {
    /// A frozen model of 27M parameters with adapters of rank 32 on all of its layers.
    @Test(.enabled(if: LongTests.areWanted && LongTests.corpus != nil, "\(LongTests.note)"))
    func adaptersTakeTheMemoryThatWasPlanned() throws {
      let base = try CorpusRun(
        recipe: "enwik8-base", steps: 1,
        overrides: ["batch_size=1", "lr_scheduler.num_warmup_steps=0", "eval_tokens=256"])
      try writeRows(to: base.directory)
      for overrides in [["batch_size=8"], ["batch_size=2", "enable_activation_checkpointing=true"]] {
        let plan = try base.json(["plan", "lora.yaml"] + overrides)
        let planned = try #require(plan["peak_memory_bytes"] as? Int)
        let taken = try peakMemory(
          ["train", "lora.yaml", "--output", "tuned-\(overrides.count)"] + overrides, in: base.directory)
        let ratio = Double(planned) / Double(taken)
        print("\(overrides): planned \(planned), taken \(taken)")
        #expect(abs(ratio - 1) < 0.1, "\(overrides): \(planned) bytes planned, \(taken) taken")
      }
    }

    /// Rows of the full length, as a plan takes them to be.
    private func writeRows(to folder: URL) throws {
      let length = 256
      let rows = (0..<64).map { number in
        let prompt = "row \(number): "
        let answer = String(repeating: "line \(number), ", count: length).prefix(length - prompt.utf8.count)
        return #"{"prompt": "\#(prompt)", "completion": "\#(answer)"}"#
      }
      try Data(rows.joined(separator: "\n").utf8).write(to: folder.appending(path: "rows.jsonl"))
      let recipe = """
        recipe: sft
        output_dir: tuned
        model: {from: run}
        dataset: {path: rows.jsonl}
        chat_template: plain
        max_seq_len: \(length)
        max_steps: 5
        lora: {rank: 32, alpha: 64}
        optimizer: {lr: 1.0e-3}
        lr_scheduler: {type: constant}
        """
      try Data(recipe.utf8).write(to: folder.appending(path: "lora.yaml"))
    }

    /// The most resident memory of a command, in bytes: the system's own mark of it, read until the command ends.
    private func peakMemory(_ arguments: [String], in directory: URL) throws -> Int {
      let process = Process()
      process.executableURL = CommandLineTool.executable
      process.arguments = arguments
      process.currentDirectoryURL = directory
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      var peak = 0
      while process.isRunning {
        // Without the mark once the process has given its memory back.
        peak = residentMark(process.processIdentifier) ?? peak
        Thread.sleep(forTimeInterval: 0.002)
      }
      try #require(process.terminationStatus == 0, "\(arguments)")
      return try #require(peak > 0 ? peak : nil)
    }

    private func residentMark(_ process: Int32) -> Int? {
      let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace)[1]) }.map { $0 * 1024 }
    }
  }
#endif
