import Foundation
import Kernels

/// A LoRA adapter as PEFT lays it out: adapter_config.json and adapter_model.safetensors.
///
/// Opening it checks that the tensors are pairs of factors that fit each other and are finite.
public final class AdapterFolder: Sendable {
  public static let weightsFileName = "adapter_model.safetensors"
  private static let prefix = "base_model.model."

  /// The two factors of one weight.
  public struct Factors: Equatable, Sendable {
    /// The weight's name in the model.
    public let parameterName: String
    public let rank: Int
    public let inputs: Int
    public let outputs: Int
    /// What B·A is multiplied by.
    public let scale: Float
  }

  public let url: URL
  /// Its targets are those of the tensors.
  public let configuration: LoRAConfiguration
  /// Where the model that it belongs to was, as adapter_config.json says.
  public let baseModel: String?
  /// What is known of an adapter that was trained here.
  public let origin: AdapterOrigin?
  /// By name of the weight.
  public let factors: [String: Factors]
  private let file: SafetensorsFile

  /// - Throws: `FileError`, `SafetensorsError`; `AdapterError` listing everything that is wrong.
  public init(_ url: URL) throws {
    var (configuration, baseModel) = try LoRAConfiguration.readPEFT(folder: url)
    let origin = try AdapterOrigin(folder: url)
    if let placement = origin.flatMap({ LoRAConfiguration.Placement(rawValue: $0.placement) }) {
      configuration.placement = placement
    }
    let file = try SafetensorsFile(url.appendingPathComponent(Self.weightsFileName))
    var pairs = AdapterPairs(configuration)
    pairs.collect(file)
    let problems = pairs.problems + (pairs.problems.isEmpty ? try pairs.nonFinite(file) : [])
    guard problems.isEmpty else { throw AdapterError(path: url.path, problems: problems) }
    configuration.targets = LoRAConfiguration.Target.allCases.filter { target in
      pairs.factors.keys.contains { $0.hasSuffix(".\(target.rawValue).weight") }
    }
    self.url = url
    self.configuration = configuration
    self.baseModel = baseModel
    self.origin = origin
    self.file = file
    factors = pairs.factors
  }

  /// Whether a folder holds an adapter and not a model.
  package static func isAdapter(_ url: URL) -> Bool {
    FileSystem.exists(url.appendingPathComponent(LoRAConfiguration.fileName))
      && !FileSystem.exists(url.appendingPathComponent(ModelFolder.configurationFileName))
  }

  /// The files of an adapter folder besides the weights.
  /// - Parameter baseModel: where the model lies that it belongs to.
  public static func files(
    _ configuration: LoRAConfiguration, baseModel: String, origin: AdapterOrigin
  ) throws -> [String: Data] {
    [
      LoRAConfiguration.fileName: try configuration.peftJSON(baseModel: baseModel),
      AdapterOrigin.fileName: try origin.serialized(),
    ]
  }

  /// Where the model lies that the adapter belongs to: as adapter_config.json says, seen from here or from the
  /// adapter, or the `base` of the run folder that the adapter lies in.
  /// - Throws: `AdapterError`.
  public func locateBase() throws -> URL {
    let run = url.standardizedFileURL.deletingLastPathComponent()
    let candidates =
      (baseModel.map { [URL(fileURLWithPath: $0), URL(fileURLWithPath: $0, relativeTo: url)] } ?? [])
      + [run.appendingPathComponent("base")]
    if let found = candidates.first(where: { FileSystem.exists($0) }) { return found.standardizedFileURL }
    throw AdapterError(
      path: url.path,
      problems: [
        "its model \(baseModel.map { "was \($0), which is not there" } ?? "is not named in adapter_config.json"). "
          + "Name the model as MODEL and this folder with --adapter"
      ])
  }

  /// Checks that the adapter fits a model.
  /// - Parameter fingerprint: of the model's weights; nil: not known, only shapes are compared.
  /// - Throws: `AdapterError`.
  public func check(_ base: ModelConfiguration, fingerprint: String?) throws {
    let shapes = Dictionary(uniqueKeysWithValues: base.parameters.filter(\.kind.isQuantized).map { ($0.name, $0.shape) })
    var problems: [String] = []
    for factors in factors.values.sorted(by: { $0.parameterName < $1.parameterName }) {
      guard let shape = shapes[factors.parameterName] else {
        problems.append("\(factors.parameterName) is no linear layer of the model")
        continue
      }
      guard shape != [factors.outputs, factors.inputs] else { continue }
      problems.append(
        "the factors of \(factors.parameterName) make \([factors.outputs, factors.inputs]), the model has \(shape)")
    }
    if problems.isEmpty, let origin, let fingerprint, origin.baseFingerprint != fingerprint {
      problems.append(
        "was trained on another model: the weights of that one have the fingerprint \(origin.baseFingerprint.prefix(12)), "
          + "of this one \(fingerprint.prefix(12))"
          + (baseModel.map { "; its own model was \($0)" } ?? ""))
    }
    guard problems.isEmpty else { throw AdapterError(path: url.path, problems: problems) }
  }

  /// Factor A, float32 [rank, inputs].
  public func a(_ factors: Factors) throws -> [Float] { try file.floats(of: Self.key(factors.parameterName, "A")) }

  /// Factor B, float32 [outputs, rank].
  public func b(_ factors: Factors) throws -> [Float] { try file.floats(of: Self.key(factors.parameterName, "B")) }

  /// The name in the file of a factor called `….q_proj.lora_A.weight` in the model.
  package static func key(ofFactor name: String) -> String { prefix + name }

  private static func key(_ parameterName: String, _ factor: String) -> String {
    prefix + parameterName.dropLast("weight".count) + "lora_\(factor).weight"
  }
}

/// Matches the tensors of a file into pairs.
private struct AdapterPairs {
  private let configuration: LoRAConfiguration
  private(set) var factors: [String: AdapterFolder.Factors] = [:]
  private(set) var problems: [String] = []

  init(_ configuration: LoRAConfiguration) { self.configuration = configuration }

  mutating func collect(_ file: SafetensorsFile) {
    if file.tensors.isEmpty { problems.append("adapter_model.safetensors holds no tensor") }
    for name in file.tensors.keys.sorted() {
      guard name.hasPrefix("base_model.model."),
        name.hasSuffix(".lora_A.weight") || name.hasSuffix(".lora_B.weight")
      else {
        problems.append("\(name) is not a factor of a linear layer (….lora_A.weight, ….lora_B.weight)")
        continue
      }
      let isA = name.hasSuffix(".lora_A.weight")
      let module = name.dropLast(".lora_A.weight".count)
      guard let other = file.tensors[module + (isA ? ".lora_B.weight" : ".lora_A.weight")] else {
        problems.append("\(name) has no counterpart")
        continue
      }
      if isA, let a = file.tensors[name] { pair(String(module.dropFirst("base_model.model.".count)), a, other) }
    }
  }

  private mutating func pair(_ module: String, _ a: SafetensorsTensor, _ b: SafetensorsTensor) {
    guard a.shape.count == 2, b.shape.count == 2, a.shape[0] == b.shape[1], a.shape[0] > 0 else {
      problems.append("\(module): factors of shape \(a.shape) and \(b.shape) have no common rank above 0")
      return
    }
    factors[module + ".weight"] = AdapterFolder.Factors(
      parameterName: module + ".weight", rank: a.shape[0], inputs: a.shape[1], outputs: b.shape[0],
      scale: Float(configuration.scale(rank: a.shape[0])))
  }

  func nonFinite(_ file: SafetensorsFile) throws -> [String] {
    try file.tensors.keys.sorted().compactMap { name in
      try file.floats(of: name).allSatisfy(\.isFinite) ? nil : "\(name) has NaN or infinite elements"
    }
  }
}
