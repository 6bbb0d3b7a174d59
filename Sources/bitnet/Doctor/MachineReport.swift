import Foundation
import Kernels

/// What `bitnet doctor` finds. The keys of its JSON are a promise: more may come, none goes. What the system does not
/// tell is absent.
struct MachineReport: Encodable {
  struct BLAS: Encodable {
    let coreName: String
    let configuration: String
    /// OpenBLAS runs on one thread in each of ours.
    let threadsPerCall: Int
  }

  struct Kernels: Encodable {
    let chosen: String
    let available: [String]
  }

  struct Finding: Encodable, Equatable {
    let problem: String
    let remedy: String
    /// Without a remedy nothing can be trained.
    let isFatal: Bool
  }

  let version: String
  let operatingSystem: String
  let processor: String
  let instructionSets: [String]
  let kernels: Kernels
  let blas: BLAS
  let threads: Int
  let memoryTotalBytes: Int?
  let memoryAvailableBytes: Int?
  let diskFreeBytes: Int?
  /// Size of data/enwik8; absent when it is not there.
  let enwik8Bytes: Int?
  /// The variables that change what bitnet does, where they are set.
  let environment: [String: String]
  let findings: [Finding]

  enum CodingKeys: String, CodingKey {
    case version, processor, kernels, blas, threads, environment, findings
    case operatingSystem = "operating_system"
    case instructionSets = "instruction_sets"
    case memoryTotalBytes = "memory_total_bytes"
    case memoryAvailableBytes = "memory_available_bytes"
    case diskFreeBytes = "disk_free_bytes"
    case enwik8Bytes = "enwik8_bytes"
  }
}

extension MachineReport.BLAS {
  enum CodingKeys: String, CodingKey {
    case configuration
    case coreName = "core_name"
    case threadsPerCall = "threads_per_call"
  }
}

extension MachineReport.Finding {
  enum CodingKeys: String, CodingKey {
    case problem, remedy
    case isFatal = "is_fatal"
  }
}
