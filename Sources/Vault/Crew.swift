import Glibc

/// Threads of our own: file work and compression block, which the cooperative pool must not.
public enum Crew {
    /// One for each processor.
    public static let size = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Runs `body` on `count` threads, gives each its number, and returns when all have ended; the first error is thrown then.
    ///
    /// A body that fails must see to it that the others end too: see `Cancellation`.
    public static func run(_ count: Int = size, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let failure = Monitor<(any Error)?>(nil)
        var threads: [pthread_t] = []
        for number in 0..<count {
            let start = Start {
                do { try body(number) } catch { failure.withLock { if $0 == nil { $0 = error } } }
            }
            var thread = pthread_t()
            let argument = Unmanaged.passRetained(start)
            let code = pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
                    return nil
                }, argument.toOpaque())
            if code != 0 {
                argument.release()
                // With fewer threads it only takes longer; with none there is nothing to run on.
                if threads.isEmpty { throw VaultError(.failed, "cannot start a thread: \(String(cString: strerror(code)))") }
                break
            }
            threads.append(thread)
        }
        for thread in threads { pthread_join(thread, nil) }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
