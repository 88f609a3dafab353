import Core
import Glibc
import Synchronization
import Vault

/// SIGINT, SIGTERM and SIGHUP ask the operation to stop; a second one ends the program at once.
enum Interruption {
    static let cancellation = Cancellation()
    private static let signals = Atomic(0)
    private static let last = Atomic(SIGINT)

    /// The one that came last.
    static var signal: Int32 { last.load(ordering: .relaxed) }

    static func watch() {
        // Touched before the handlers can run: making a global is not a thing for a signal handler.
        cancellationInUse = cancellation
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { signal in
            Interruption.last.store(signal, ordering: .relaxed)
            if Interruption.signals.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + signal) }
            Interruption.cancellation.cancel()
        }
        action.sa_flags = SA_RESTART
        var handled = sigset_t()
        sigemptyset(&handled)
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            var present = sigaction()
            sigaction(signal, nil, &present)
            // As nohup does: the end of a session is then nothing to this program.
            if signal == SIGHUP, unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
            sigaction(signal, &action, nil)
            sigaddset(&handled, signal)
        }
        // Whoever started this program may have blocked them, and a mask is inherited.
        pthread_sigmask(SIG_UNBLOCK, &handled, nil)
    }

    nonisolated(unsafe) private static var cancellationInUse: Cancellation?
}
