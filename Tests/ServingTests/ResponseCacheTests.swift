import Inference
import Testing

import Serving

@Suite struct ResponseCacheTests {
  private func request(_ prompt: [Int32], _ change: (inout GenerationRequest) -> Void = { _ in })
    -> GenerationRequest
  {
    var request = GenerationRequest(prompt: prompt, options: GenerationOptions(), hasExplicitSeed: true)
    try change(&request)
    return request
  }

  private func key(_ number: Int32) -> ResponseKey { ResponseKey(request([number]), model: "m") }

  private func events(_ number: Int) -> [GenerationEvent] {
    [.completed(Usage(promptTokens: number, cachedTokens: 0, completionTokens: 1))]
  }

  @Test func theLongestUnusedAnswersGoFirst() {
    var cache = ResponseCache(byteLimit: 3 * 320)
    for number in 0..<3 { cache.insert(events(number), for: key(Int32(number))) }
    #expect(cache.count == 3 && cache.byteCount == 3 * 320)
    let first = cache.events(for: key(0))
    #expect(first == events(0))
    cache.insert(events(3), for: key(3))
    #expect(cache.count == 3 && cache.byteCount == 3 * 320)
    let found = (0..<4).map { cache.events(for: key(Int32($0))) }
    #expect(found == [events(0), nil, events(2), events(3)])
  }

  @Test func itNeverHoldsMoreThanItMay() {
    var cache = ResponseCache(byteLimit: 1000)
    for number in 0..<500 {
      cache.insert(events(number), for: key(Int32(number % 7)))
      _ = cache.events(for: key(Int32(number % 3)))
      #expect(cache.byteCount <= 1000 && cache.byteCount == cache.count * 320)
    }
    var none = ResponseCache(byteLimit: 0)
    none.insert(events(1), for: key(1))
    #expect(none.count == 0)
  }

  @Test func everyOptionIsInTheKey() throws {
    let basis = GenerationOptions(stopStrings: ["a", "b"])
    func sampling(_ options: SamplingOptions) -> GenerationRequest {
      request([1, 2]) { $0.options.sampling = options }
    }
    let requests = [
      request([1, 2]), request([1, 2, 3]), request([12]), request([1, 2]) { $0.choices = 2 },
      request([1, 2]) { $0.options.maximumNewTokens = 5 },
      request([1, 2]) { $0.options.likeliestLogProbabilities = 0 },
      request([1, 2]) { $0.options.stopTokens = [2, 3] }, request([1, 2]) { $0.options.stopStrings = ["ab"] },
      request([1, 2]) { $0.options = basis }, sampling(try SamplingOptions(temperature: 0.5)),
      sampling(try SamplingOptions(temperature: 0, seed: 3)), sampling(try SamplingOptions(temperature: 0, topK: 3)),
      sampling(try SamplingOptions(temperature: 0, topP: 0.5)),
      sampling(try SamplingOptions(temperature: 0, minP: 0.5)),
      sampling(try SamplingOptions(temperature: 0, repetitionPenalty: 0.5)),
      sampling(try SamplingOptions(temperature: 0, presencePenalty: 0.5)),
      sampling(try SamplingOptions(temperature: 0, frequencyPenalty: 0.5)),
      sampling(try SamplingOptions(temperature: 0, logitBias: [3: 0.5])),
      sampling(try SamplingOptions(temperature: 0, logitBias: [4: 0.5])),
    ]
    #expect(Set(requests.map { ResponseKey($0, model: "m") }).count == requests.count)
    #expect(ResponseKey(requests[0], model: "m") == ResponseKey(requests[0], model: "m"))
    #expect(ResponseKey(requests[0], model: "m") != ResponseKey(requests[0], model: "n"))
    var other = requests[0]
    (other.client, other.hasExplicitSeed) = ("somebody", false)
    #expect(ResponseKey(other, model: "m") == ResponseKey(requests[0], model: "m"))
  }
}
