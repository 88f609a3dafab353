import Glibc

/// Threads of our own: file work and compression block, which the cooperative pool must not.
public enum Crew {
    /// For work that holds contents: one for each processor that this process may use, while there is memory for what each has in hand.
    public static let size = min(Processors.usable, bytesInHand / bytesEach)

    /// What all members together have in hand, so that a backup fits beside what it protects, however many processors there are.
    private static let bytesInHand = 96 << 20
    /// A buffer to read into, a frame to fill, and what a codec makes of one.
    private static let bytesEach = 18 << 20

    /// A thread that was started; it must be joined, or detached.
    public struct Member {
        fileprivate let thread: pthread_t

        /// Waits until it has ended.
        public func join() { pthread_join(thread, nil) }

        /// Lets it end by itself.
        public func detach() { pthread_detach(thread) }
    }

    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Starts one thread.
    public static func start(_ body: @escaping @Sendable () -> Void) throws -> Member {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(Start(body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, argument.toOpaque())
        guard code == 0 else {
            argument.release()
            throw Failure(.failed, "cannot start a thread: \(String(cString: strerror(code)))")
        }
        return Member(thread: thread)
    }

    /// Gives each item to one of the threads, in their order. After an error no further item is begun.
    ///
    /// - Parameter count: how many threads; more than `size` only for work that holds little.
    public static func forEach<Item: Sendable>(
        _ items: [Item], on count: Int = size, _ body: @escaping @Sendable (Item) throws -> Void
    ) throws {
        let next = Monitor(0)
        try run(min(count, items.count)) { _ in
            while let item = next.withLock({ next -> Item? in
                guard next < items.count else { return nil }
                defer { next += 1 }
                return items[next]
            }) {
                do { try body(item) } catch {
                    next.withLock { $0 = items.count }
                    throw error
                }
            }
        }
    }

    /// Runs `body` on `count` threads, gives each its number, and returns when all have ended; the first error is thrown then.
    ///
    /// A body that fails must see to it that the others end too: see `Cancellation`.
    public static func run(_ count: Int = size, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let failure = Monitor<(any Error)?>(nil)
        // Each member counts on the others to take their part: none begins before all are there.
        let mayBegin = Monitor<Bool?>(nil)
        var threads: [Member] = []
        do {
            for number in 0..<count {
                threads.append(
                    try start {
                        guard mayBegin.wait({ $0 }) else { return }
                        do { try body(number) } catch { failure.withLock { if $0 == nil { $0 = error } } }
                    })
            }
        } catch {
            mayBegin.update { $0 = false }
            for thread in threads { thread.join() }
            throw error
        }
        mayBegin.update { $0 = true }
        for thread in threads { thread.join() }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
