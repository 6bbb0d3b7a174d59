import Inference
import Serving
import ServingTestSupport
import Testing

/// What a service takes of the memory.
@Suite struct MemoryPlanTests {
  private let model: RuntimeModel
  private var configuration = EngineConfiguration()

  init() throws {
    model = try SmallModel.make().runtime
    (configuration.slots, configuration.responseCacheBytes) = (8, 0)
  }

  @Test func sizesAreThoseOfTheModel() {
    let plan = MemoryPlan(model, configuration)
    // Two layers, two heads of 16 keys and 16 values in float16, positions in blocks of 64; logits twice.
    #expect(plan.slotBytes == 2 * 2 * 192 * (16 + 16) * 2 + 2 * 4 * 264)
    #expect(plan.contextLimit == 160 && plan.slots == 8)
    // Embedding and head in float32, matrices in codes.
    let tables = 2 * 4 * 64 * 264
    let codes = 2 * (64 * (64 + 32 + 32 + 64) + 3 * 64 * 96)
    #expect((tables + codes / 4..<tables + 4 * codes).contains(plan.modelBytes), "\(plan.modelBytes)")
    var wide = configuration
    wide.keyValues = .float32
    #expect(MemoryPlan(model, wide).slotBytes > 2 * plan.slotBytes - 2 * 4 * 264 - 1)
    wide.contextLimit = 10
    #expect(MemoryPlan(model, wide).contextLimit == 10)
  }

  @Test func thereAreAsManySlotsAsTheMemoryHolds() throws {
    let most = MemoryPlan(model, configuration)
    let fixed = most.modelBytes + most.sharedBytes
    for (bytes, slots) in [(0, 1), (most.slotBytes, 2), (6 * most.slotBytes, 7), (100 * most.slotBytes, 8)] {
      let limit = fixed + most.slotBytes + bytes
      let plan = try MemoryPlan(model, configuration, within: limit)
      #expect(plan.slots == slots && plan.totalBytes <= limit)
    }
  }

  @Test func tooLittleMemoryIsRefusedWithBothFigures() throws {
    let most = MemoryPlan(model, configuration)
    let limit = most.modelBytes + most.sharedBytes + most.slotBytes - 1
    let error = #expect(throws: MemoryPlanError.self) { try MemoryPlan(model, configuration, within: limit) }
    guard case .tooLittle(let needed, limit) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(needed.slots == 1 && needed.totalBytes == limit + 1)
    #expect(error?.description.contains("one sequence of 160 tokens") == true)
    // Slots that were asked for by number are not made fewer.
    #expect(throws: MemoryPlanError.self) {
      try MemoryPlan(model, configuration, within: most.totalBytes - 1, isExact: true)
    }
    #expect(try MemoryPlan(model, configuration, within: most.totalBytes, isExact: true) == most)
    #expect(throws: MemoryPlanError.self) { try MemoryPlan(model, configuration, within: 0) }
  }

  @Test func modelsThatAreTooLargeAreRefusedBeforeTheyAreLoaded() throws {
    try MemoryPlan.requireRoom(for: model.architecture, within: 1 << 30)
    #expect(throws: MemoryPlanError.self) { try MemoryPlan.requireRoom(for: model.architecture, within: 30_000) }
  }

  @Test func profilesGrow() {
    #expect(ServiceProfile.largest(threads: 1, memoryBytes: 1 << 20) == .mobile)
    #expect(ServiceProfile.largest(threads: 4, memoryBytes: 64 << 30) == .edge)
    #expect(ServiceProfile.largest(threads: 64, memoryBytes: 3 << 30) == .server)
    #expect(ServiceProfile.largest(threads: 64, memoryBytes: 64 << 30) == .cloud)
    for (smaller, larger) in zip(ServiceProfile.allCases, ServiceProfile.allCases.dropFirst()) {
      #expect(smaller.threads < larger.threads && smaller.memoryBytes < larger.memoryBytes)
      let (small, large) = (smaller.configuration, larger.configuration)
      #expect(small.slots < large.slots && small.queueLimit < large.queueLimit)
      #expect(small.contextLimit ?? 0 < large.contextLimit ?? 0)
    }
  }
}
