import Inference

/// A place in the batch: a sequence, whose keys and values stay when it is left, for others to begin with.
package final class Slot {
  package let sequence: SequenceState
  fileprivate(set) var isBusy = false
  /// Grows with every use.
  fileprivate(set) var lastUse = 0

  init(_ sequence: SequenceState) { self.sequence = sequence }
}

/// The slots of an engine. Their memory is made when they are needed first.
package struct SlotPool {
  let count: Int
  private let makeSequence: () -> SequenceState
  private var slots: [Slot] = []
  private var uses = 0

  package init(count: Int, makeSequence: @escaping () -> SequenceState) {
    self.count = count
    self.makeSequence = makeSequence
  }

  package var idleCount: Int { count - slots.count { $0.isBusy } }

  /// A slot whose sequence is a beginning of the prompt, as long as any slot has one, busy or not; at least the last token
  /// is left, whose logits are to be computed.
  ///
  /// An idle slot is taken over where nothing else is lost, or where it is the last; otherwise the beginning is copied.
  package mutating func take(for prompt: [Int32]) -> Slot? {
    guard idleCount > 0 else { return nil }
    let donor = donor(for: prompt)
    guard let slot = donor.flatMap(takenOver) ?? victim(sparing: donor?.slot) else { return nil }
    if let donor {
      slot.sequence.copyPrefix(donor.common, of: donor.slot.sequence)
    } else {
      slot.sequence.truncate(to: 0)
    }
    use(slot)
    return slot
  }

  /// An idle slot for another continuation of what a busy one holds.
  package mutating func takeAnother() -> Slot? {
    guard let slot = victim(sparing: nil) else { return nil }
    slot.sequence.truncate(to: 0)
    use(slot)
    return slot
  }

  /// - Parameter isDamaged: what the sequence holds is of no use to others.
  package mutating func release(_ slot: Slot, isDamaged: Bool = false) {
    slot.isBusy = false
    if isDamaged { slot.sequence.truncate(to: 0) }
    touch(slot)
  }

  private mutating func use(_ slot: Slot) {
    slot.isBusy = true
    touch(slot)
  }

  private mutating func touch(_ slot: Slot) {
    uses += 1
    slot.lastUse = uses
  }

  private typealias Donor = (slot: Slot, common: Int)

  /// The slot with the longest beginning of the prompt, rather an idle one; nil if none has any of it.
  private func donor(for prompt: [Int32]) -> Donor? {
    let donors = slots.map { ($0, $0.sequence.commonPrefix(with: prompt.dropLast())) }
    let best = donors.max { left, right in
      (left.1, left.0.isBusy ? 0 : 1, left.0.lastUse) < (right.1, right.0.isBusy ? 0 : 1, right.0.lastUse)
    }
    return best.flatMap { $0.1 > 0 ? $0 : nil }
  }

  private func takenOver(_ donor: Donor) -> Slot? {
    guard !donor.slot.isBusy else { return nil }
    let losesNothing = donor.slot.sequence.position == donor.common
    return losesNothing || idleCount == 1 ? donor.slot : nil
  }

  /// An empty idle slot, else one that has not been made, else the one that was left longest ago.
  private mutating func victim(sparing spared: Slot?) -> Slot? {
    let idle = slots.filter { !$0.isBusy && $0 !== spared }
    if let empty = idle.first(where: { $0.sequence.position == 0 }) { return empty }
    if slots.count < count {
      let made = Slot(makeSequence())
      slots.append(made)
      return made
    }
    return idle.min { $0.lastUse < $1.lastUse } ?? spared.flatMap { $0.isBusy ? nil : $0 }
  }
}
