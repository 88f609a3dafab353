import Glibc
import Synchronization

/// A flag that asks an operation to stop soon. It is raised once, by a signal or by a part that failed, and never lowered.
public final class Cancellation: Sendable {
    private let flag = Atomic(false)
    private let leader: Cancellation?

    /// - Parameter following: another that counts as well.
    public init(following: Cancellation? = nil) { leader = following }

    /// From any thread, and from a signal handler.
    public func cancel() { flag.store(true, ordering: .relaxed) }

    /// Whether it was asked for, here or at the one that this follows.
    public var isCancelled: Bool { flag.load(ordering: .relaxed) || leader?.isCancelled == true }

    /// Throws `.interrupted` once it was asked for.
    public func check() throws(Failure) {
        if isCancelled { throw Failure(.interrupted, "interrupted") }
    }

    /// Waits on this thread, between two looks at something that gives no sign. A cancellation is seen at the next.
    public func pause(_ time: Duration) throws(Failure) {
        try check()
        usleep(UInt32(clamping: time.milliseconds * 1000))
        try check()
    }
}
