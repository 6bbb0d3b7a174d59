/// Kinds of machines to answer requests on, and what a service takes of each.
public enum ServiceProfile: String, CaseIterable, Sendable {
  /// A telephone, or a corner of one: the answer to one person, in little memory.
  case mobile
  /// A small computer that does other things besides.
  case edge
  /// A computer for this.
  case server
  /// A large part of a large computer.
  case cloud

  private struct Figures {
    let threads: Int
    let memoryBytes: Int
    let mostSlots: Int
    let queueLimit: Int
    let contextLimit: Int
    let responseCacheBytes: Int
  }

  private var figures: Figures {
    switch self {
    case .mobile:
      Figures(
        threads: 2, memoryBytes: 512 << 20, mostSlots: 1, queueLimit: 4, contextLimit: 2048,
        responseCacheBytes: 4 << 20)
    case .edge:
      Figures(
        threads: 4, memoryBytes: 1024 << 20, mostSlots: 4, queueLimit: 16, contextLimit: 4096,
        responseCacheBytes: 16 << 20)
    case .server:
      Figures(
        threads: 8, memoryBytes: 2048 << 20, mostSlots: 16, queueLimit: 64, contextLimit: 8192,
        responseCacheBytes: 64 << 20)
    case .cloud:
      Figures(
        threads: 16, memoryBytes: 4096 << 20, mostSlots: 64, queueLimit: 256, contextLimit: 16_384,
        responseCacheBytes: 256 << 20)
    }
  }

  /// No more than these, and no more than there are processors.
  public var threads: Int { figures.threads }
  /// What model, sequences and all else may take.
  public var memoryBytes: Int { figures.memoryBytes }
  /// Sequences at a time, where the memory has room for them.
  public var mostSlots: Int { figures.mostSlots }

  /// With as many slots as there can be; ``MemoryPlan`` says how many there are.
  public var configuration: EngineConfiguration {
    var configuration = EngineConfiguration()
    configuration.slots = figures.mostSlots
    configuration.contextLimit = figures.contextLimit
    configuration.queueLimit = figures.queueLimit
    configuration.responseCacheBytes = figures.responseCacheBytes
    return configuration
  }

  /// The largest that a machine has enough for; the smallest where there is none.
  public static func largest(threads: Int, memoryBytes: Int) -> ServiceProfile {
    allCases.last { $0.threads <= threads && $0.memoryBytes <= memoryBytes } ?? .mobile
  }
}
