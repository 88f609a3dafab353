import Synchronization

/// A flag that asks an operation to stop soon. It is raised once, by a signal or by a part that failed, and never lowered.
public final class Cancellation: Sendable {
    private let flag = Atomic(false)
    private let leader: Cancellation?

    /// - Parameter following: another that counts as well.
    public init(following: Cancellation? = nil) { leader = following }

    public func cancel() { flag.store(true, ordering: .relaxed) }

    public var isCancelled: Bool { flag.load(ordering: .relaxed) || leader?.isCancelled == true }

    public func check() throws(Failure) {
        if isCancelled { throw Failure(.interrupted, "interrupted") }
    }
}
