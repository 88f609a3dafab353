/// Bytes that several threads may have in hand together. Who takes some and would wait for more meanwhile could wait for ever: take once,
/// do the work, give back.
public final class ByteBudget: Sendable {
    private let total: Int
    private let taken = Monitor(0)

    /// - Parameter total: in bytes.
    public init(_ total: Int) { self.total = total }

    /// Waits until there is room, and keeps it while `body` runs. What is larger than all of it goes alone.
    public func with<Result>(_ bytes: Int, _ body: () throws -> Result) rethrows -> Result {
        let share = min(bytes, total)
        taken.wait { taken -> Void? in
            guard taken + share <= total else { return nil }
            taken += share
            return ()
        }
        defer { taken.update { $0 -= share } }
        return try body()
    }
}
