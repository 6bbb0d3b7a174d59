import Foundation
import Kernels

extension MachineReport {
  static let environmentVariables = [
    KernelPath.environmentVariable, "BITNET_RECIPES", BLASLibrary.environmentVariable, "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
  ]

  /// Looks at the machine and the current folder.
  static func probe() -> MachineReport {
    let surroundings = ProcessInfo.processInfo.environment
    let environment = surroundings.filter { environmentVariables.contains($0.key) }
    let memory = MemoryProbe.read()
    let files = FileManager.default
    let disk = try? files.attributesOfFileSystem(forPath: files.currentDirectoryPath)[.systemFreeSize] as? NSNumber
    let enwik8 = try? files.attributesOfItem(atPath: "data/enwik8")[.size] as? NSNumber
    let facts = Facts(
      selection: KernelPath.selection, features: ProcessorFeatures.detected.names, blasCore: BLASLibrary.coreName,
      blasCoreIsForced: environment[BLASLibrary.environmentVariable] != nil, memoryAvailableBytes: memory.available,
      diskFreeBytes: disk?.intValue, enwik8Bytes: enwik8?.intValue)
    return MachineReport(
      version: BitNetCommand.configuration.version,
      operatingSystem: ProcessInfo.processInfo.operatingSystemVersionString,
      processor: ProcessorProbe.modelName() ?? "unknown",
      instructionSets: facts.features,
      kernels: Kernels(
        chosen: KernelPath.current.rawValue, available: KernelPath.available.map(\.rawValue)),
      blas: BLAS(coreName: facts.blasCore, configuration: BLASLibrary.configuration, threadsPerCall: 1),
      threads: ThreadPool.defaultThreadCount,
      memoryTotalBytes: memory.total, memoryAvailableBytes: memory.available,
      diskFreeBytes: facts.diskFreeBytes, enwik8Bytes: facts.enwik8Bytes,
      environment: environment, findings: facts.findings)
  }

  /// What the findings are drawn from.
  struct Facts {
    let selection: Result<KernelPath, KernelPathError>
    let features: [String]
    let blasCore: String
    let blasCoreIsForced: Bool
    let memoryAvailableBytes: Int?
    let diskFreeBytes: Int?
    let enwik8Bytes: Int?

    var findings: [Finding] { [kernels, slowBLAS, memory, disk, corpus].compactMap(\.self) }

    private var kernels: Finding? {
      guard case .failure(let error) = selection else { return nil }
      return Finding(
        problem: error.description, remedy: "unset \(KernelPath.environmentVariable), or set it to another path",
        isFatal: true)
    }

    /// A better core is chosen as it is loaded; this is left where that did not help or was overruled.
    private var slowBLAS: Finding? {
      guard let better = BLASLibrary.fasterCore(than: blasCore, features: features) else { return nil }
      return Finding(
        problem: "OpenBLAS uses its \(blasCore) kernels, without AVX-512",
        remedy: blasCoreIsForced
          ? "unset \(BLASLibrary.environmentVariable)" : "export \(BLASLibrary.environmentVariable)=\(better)",
        isFatal: false)
    }

    private var memory: Finding? {
      guard let memoryAvailableBytes, memoryAvailableBytes < 500_000_000 else { return nil }
      return Finding(
        problem: "only \(CountFormat.bytes(memoryAvailableBytes)) of memory are available",
        remedy: "close other programs, or ask `bitnet plan RECIPE` what a run needs", isFatal: false)
    }

    private var disk: Finding? {
      guard let diskFreeBytes, diskFreeBytes < 1_000_000_000 else { return nil }
      return Finding(
        problem: "only \(CountFormat.bytes(diskFreeBytes)) are free on the disk of this folder",
        remedy: "make room, or put output_dir on another disk: checkpoints go there", isFatal: false)
    }

    private var corpus: Finding? {
      guard let enwik8Bytes else {
        return Finding(
          problem: "data/enwik8 is not in this folder: the enwik8 recipes need it",
          remedy: "bitnet data fetch enwik8 (36 MB; the quickstart recipe does without)", isFatal: false)
      }
      guard enwik8Bytes != 100_000_000 else { return nil }
      return Finding(
        problem: "data/enwik8 has \(enwik8Bytes) bytes, not 100000000",
        remedy: "remove it and run: bitnet data fetch enwik8", isFatal: false)
    }
  }
}

extension MachineReport {
  /// What a run folder keeps of the machine.
  var runEnvironment: [String: String] {
    [
      "version": version, "operating_system": operatingSystem, "processor": processor, "kernels": kernels.chosen,
      "blas": blas.coreName, "threads": "\(ThreadPool.current.threadCount)",
      "memory": memoryTotalBytes.map(CountFormat.bytes) ?? "unknown",
    ]
  }
}
