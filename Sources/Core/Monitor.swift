import Glibc

/// Some state, a lock over it, and a way to wait for it to change.
///
/// The operations run on threads of their own, which may block; this is what they share state through.
/// What goes in and what comes out is `sending`: the compiler refuses a reference that would be shared outside the lock.
///
/// `@unchecked Sendable`: `state` is touched only between lock and unlock of a mutex that lives as long as the object.
public final class Monitor<State>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// Unlocked, with a state.
    public init(_ state: sending State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` alone. What it throws is thrown after the unlock.
    public func withLock<Result, Failure: Error>(
        _ body: (inout sending State) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// As `withLock`, then wakes all who wait.
    public func update<Result, Failure: Error>(
        _ body: (inout sending State) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        defer { pthread_cond_broadcast(condition) }
        return try withLock(body)
    }

    /// The same as `wait` for so long at most; nil when the time is over.
    public func wait<Result>(upTo milliseconds: Int, _ body: (inout sending State) -> sending Result?) -> sending Result? {
        var deadline = timespec()
        clock_gettime(CLOCK_REALTIME, &deadline)
        let nanoseconds = deadline.tv_nsec + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += milliseconds / 1000 + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if pthread_cond_timedwait(condition, mutex, &deadline) != 0 { return body(&state) }
        }
    }

    /// Runs `body` until it answers, waiting for an `update` between.
    public func wait<Result>(_ body: (inout sending State) -> sending Result?) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            pthread_cond_wait(condition, mutex)
        }
    }
}
