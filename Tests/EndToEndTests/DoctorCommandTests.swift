import Foundation
import Testing

/// `bitnet doctor`.
@Suite struct DoctorCommandTests {
  @Test func printsOneObject() throws {
    let result = try CommandLineTool.run(["doctor", "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let report = try #require(object as? [String: Any])
    #expect(result.exitCode == 0)
    #expect((report["threads"] as? Int ?? 0) >= 1)
    #expect((report["memory_total_bytes"] as? Int ?? 0) > 100_000_000)
    #expect((report["disk_free_bytes"] as? Int ?? 0) > 0)
    let kernels = try #require(report["kernels"] as? [String: Any])
    #expect((kernels["available"] as? [String])?.contains("portable") == true)
  }

  @Test func forcedKernelsAreUsedAndShown() throws {
    let result = try CommandLineTool.run(["doctor", "--json"], environment: ["BITNET_KERNELS": "portable"])
    let report = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect((report["kernels"] as? [String: Any])?["chosen"] as? String == "portable")
    #expect((report["environment"] as? [String: String])?["BITNET_KERNELS"] == "portable")
  }

  @Test func impossibleKernelsAreFatal() throws {
    let result = try CommandLineTool.run(["doctor"], environment: ["BITNET_KERNELS": "abacus"])
    #expect(result.exitCode == 1)
    #expect(result.output.contains("missing: BITNET_KERNELS=abacus names no kernel path"))
  }

  /// What the user sets is not overruled; on processors without AVX-512 there is nothing to note.
  @Test func aForcedBLASCoreStays() throws {
    let result = try CommandLineTool.run(["doctor"], environment: ["OPENBLAS_CORETYPE": "Haswell"])
    #expect(result.exitCode == 0)
    #expect(result.output.contains("OPENBLAS_CORETYPE=Haswell"))
    let isNoted = result.output.contains("try: unset OPENBLAS_CORETYPE")
    #expect(isNoted == (result.output.contains("avx512bw") && result.output.contains("Haswell kernels")))
  }

  @Test func missingCorpusIsNoted() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "doctor-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try CommandLineTool.run(["doctor"], in: folder)
    #expect(result.exitCode == 0)
    #expect(result.output.contains("try: bitnet data fetch enwik8"))
  }
}
