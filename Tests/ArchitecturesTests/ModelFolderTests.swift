import Foundation
import Kernels
import Testing
import TestSupport

import FileFormats
import Architectures

@Suite struct ModelFolderTests {
  private let configuration = ArchitectureTests.small

  /// Entries whose elements are their index, in bf16.
  private func entries() -> [SafetensorsWriter.Entry] {
    configuration.parameters.map { parameter in
      SafetensorsWriter.Entry(
        name: parameter.name, shape: parameter.shape,
        bfloat16s: (0..<parameter.elementCount).map { BFloat16(Float($0 % 128)) })
    }
  }

  private func folder(_ directory: TemporaryDirectory, _ entries: [SafetensorsWriter.Entry]) throws -> URL {
    _ = try directory.file("config.json", configuration.huggingFaceJSON())
    try SafetensorsWriter.write(entries, to: directory.url.appendingPathComponent("model.safetensors"))
    return directory.url
  }

  private func parameter(_ role: ModelParameter.Role) throws -> ModelParameter {
    try #require(configuration.parameters.first { $0.role == role })
  }

  private func problems(_ url: URL) throws -> [ModelFolderError.Problem] {
    do {
      _ = try ModelFolder(url)
      return []
    } catch let error as ModelFolderError {
      return error.problems
    }
  }

  @Test func opensWhatWasWritten() throws {
    let directory = try TemporaryDirectory()
    let folder = try ModelFolder(folder(directory, entries()))
    #expect(folder.architecture == configuration)
    let norm = try parameter(.finalNorm)
    #expect(try folder.floats(of: norm) == (0..<32).map(Float.init))
    #expect(try folder.withStored(norm) { $0.encoding } == .floats(.bfloat16))
    #expect(try folder.bytes(of: norm).count == 64)
    #expect(try folder.tensor(parameter(.embedding)).shape == [258, 32])
    let head = ModelParameter(name: "lm_head.weight", shape: [258, 32], role: .head, layer: nil)
    #expect(throws: SafetensorsError.self) { try folder.floats(of: head) }
  }

  @Test func listsEveryDifference() throws {
    let directory = try TemporaryDirectory()
    var entries = entries().filter { $0.name != "model.layers.1.mlp.up_proj.weight" }
    entries.removeAll { $0.name == "model.norm.weight" || $0.name == "model.layers.0.mlp.gate_proj.weight" }
    let short = [Float](repeating: 1, count: 31)
    entries.append(SafetensorsWriter.Entry(name: "model.norm.weight", shape: [31], floats: short))
    entries.append(SafetensorsWriter.Entry(name: "lm_head.weight", shape: [1], floats: [1]))
    entries.append(
      SafetensorsWriter.Entry(name: "model.layers.0.mlp.gate_proj.weight", dataType: .uint8, shape: [12, 32]) { sink in
        try [UInt8](repeating: 0, count: 384).withUnsafeBytes(sink)
      })
    #expect(
      try problems(folder(directory, entries)) == [
        .wrongDataType(tensor: "model.layers.0.mlp.gate_proj.weight", found: .uint8),
        .missing(tensor: "model.layers.1.mlp.up_proj.weight", shape: [48, 32]),
        .wrongShape(tensor: "model.norm.weight", expected: [32], found: [31]),
        .unexpected(tensor: "lm_head.weight", file: "model.safetensors"),
      ])
  }

  private func shards(_ directory: TemporaryDirectory, _ index: [String: String]? = nil) throws {
    _ = try directory.file("config.json", configuration.huggingFaceJSON())
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    let halves = [Array(entries().prefix(10)), Array(entries().dropFirst(10))]
    var map: [String: JSONValue] = [:]
    for (name, half) in zip(names, halves) {
      try SafetensorsWriter.write(half, to: directory.url.appendingPathComponent(name))
      for entry in half { map[entry.name] = .string(index?[entry.name] ?? name) }
    }
    _ = try directory.file(
      "model.safetensors.index.json", JSONValue.object(["weight_map": .object(map)]).serialized())
  }

  @Test func opensShards() throws {
    let directory = try TemporaryDirectory()
    try shards(directory)
    let folder = try ModelFolder(directory.url)
    #expect(folder.files.count == 2)
    #expect(try folder.floats(of: parameter(.finalNorm)) == (0..<32).map(Float.init))
  }

  @Test func refusesAnIndexThatLies() throws {
    let directory = try TemporaryDirectory()
    try shards(directory, ["model.norm.weight": "model-00001-of-00002.safetensors"])
    #expect(
      try problems(directory.url) == [
        .wrongFile(
          tensor: "model.norm.weight", expected: "model-00001-of-00002.safetensors",
          found: "model-00002-of-00002.safetensors")
      ])
  }

  @Test(arguments: [
    #"{}"#, #"{"weight_map": {}}"#, #"{"weight_map": {"a": "../x.safetensors"}}"#, #"{"weight_map": {"a": "x.bin"}}"#,
    #"{"weight_map": {"a": 1}}"#, "{",
  ])
  func refusesABrokenIndex(text: String) throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("config.json", configuration.huggingFaceJSON())
    _ = try directory.file("model.safetensors.index.json", Data(text.utf8))
    let problems = try problems(directory.url)
    guard problems.count == 1, case .invalidIndex = problems[0] else {
      Issue.record("\(problems)")
      return
    }
  }

  @Test func refusesPicklesAndAbsence() throws {
    let directory = try TemporaryDirectory()
    _ = try directory.file("config.json", configuration.huggingFaceJSON())
    #expect(try problems(directory.url) == [.noWeights])
    _ = try directory.file("pytorch_model.bin", Data("x".utf8))
    #expect(try problems(directory.url) == [.pickledWeights(files: ["pytorch_model.bin"])])
    #expect(throws: FileError.self) { try ModelFolder(directory.url.appendingPathComponent("missing")) }
    #expect(throws: FileError.self) { try ModelFolder(directory.url.appendingPathComponent("config.json")) }
  }

  @Test func refusesTwoSetsOfWeights() throws {
    let directory = try TemporaryDirectory()
    let url = try folder(directory, entries())
    _ = try directory.file("model.safetensors.index.json", Data("{}".utf8))
    #expect(
      try problems(url) == [.ambiguousWeights(files: ["model.safetensors", "model.safetensors.index.json"])])
  }
}

@Suite struct ModelLocationTests {
  @Test func resolvesFoldersRunsAndFiles() throws {
    let directory = try TemporaryDirectory()
    let step = directory.url.appendingPathComponent("step-000010")
    try FileManager.default.createDirectory(at: step, withIntermediateDirectories: false)
    try Data("{}".utf8).write(to: step.appendingPathComponent("config.json"))
    #expect(try ModelLocation(resolving: step).url.lastPathComponent == "step-000010")
    _ = try directory.file("latest", Data("step-000010\n".utf8))
    #expect(try ModelLocation(resolving: directory.url).url.path == step.path)
    let gguf = try directory.file("model.bin", Data("GGUF\u{3}".utf8))
    #expect(try ModelLocation(resolving: gguf) == .ggufFile(gguf))
    let tensors = try directory.file("a.safetensors", Data("x".utf8))
    #expect(try ModelLocation(resolving: tensors) == .safetensorsFile(tensors))
  }

  @Test func saysWhatIsThereInstead() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: ModelLocationError.notAModel(path: directory.url.path, entries: [])) {
      try ModelLocation(resolving: directory.url)
    }
    let text = try directory.file("notes.txt", Data("x".utf8))
    #expect(throws: ModelLocationError.unknownFile(path: text.path)) { try ModelLocation(resolving: text) }
    #expect(throws: ModelLocationError.notAModel(path: directory.url.path, entries: ["notes.txt"])) {
      try ModelLocation(resolving: directory.url)
    }
    let latest = try directory.file("latest", Data("../elsewhere".utf8))
    #expect(throws: ModelLocationError.invalidLatest(path: latest.path, name: "../elsewhere")) {
      try ModelLocation(resolving: directory.url)
    }
    _ = try directory.file("latest", Data("step-9".utf8))
    #expect(throws: ModelLocationError.missingCheckpoint(path: latest.path, name: "step-9")) {
      try ModelLocation(resolving: directory.url)
    }
    let missing = directory.url.appendingPathComponent("missing")
    #expect(throws: FileError.notFound(path: missing.path)) { try ModelLocation(resolving: missing) }
  }
}
