import Testing

@testable import Core

/// Bytes that several threads may have in hand together.
@Suite struct ByteBudgetTests {
    @Test func neverMoreIsInHandThanThereIs() throws {
        let budget = ByteBudget(100)
        let hand = Monitor((now: 0, most: 0, done: 0))
        try Crew.forEach(Array(1...200), on: 8) { number in
            // What is larger than all of it goes alone.
            let bytes = number % 50 == 0 ? 1000 : 30
            budget.with(bytes) {
                hand.withLock { hand in
                    hand.now += min(bytes, 100)
                    hand.most = max(hand.most, hand.now)
                }
                hand.withLock { hand in
                    hand.now -= min(bytes, 100)
                    hand.done += 1
                }
            }
        }
        let (most, done) = hand.withLock { ($0.most, $0.done) }
        #expect(most <= 100 && done == 200)
    }

    @Test func whatFailsGivesItsShareBack() throws {
        struct Refusal: Error {}
        let budget = ByteBudget(1)
        for _ in 0..<3 { #expect(throws: Refusal.self) { try budget.with(1) { throw Refusal() } } }
    }
}
