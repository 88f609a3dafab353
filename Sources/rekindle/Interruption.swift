import Glibc
import Synchronization
import Vault

/// SIGINT and SIGTERM ask the operation to stop; a second one ends the program at once.
enum Interruption {
    static let cancellation = Cancellation()
    private static let signals = Atomic(0)

    static func watch() {
        // Touched before the handlers can run: making a global is not a thing for a signal handler.
        cancellationInUse = cancellation
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in
            if Interruption.signals.add(1, ordering: .relaxed).newValue > 1 { _exit(ExitStatus.failed.rawValue) }
            Interruption.cancellation.cancel()
        }
        action.sa_flags = SA_RESTART
        sigaction(SIGINT, &action, nil)
        sigaction(SIGTERM, &action, nil)
        // Whoever started this program may have blocked them, and a mask is inherited.
        var both = sigset_t()
        sigemptyset(&both)
        sigaddset(&both, SIGINT)
        sigaddset(&both, SIGTERM)
        pthread_sigmask(SIG_UNBLOCK, &both, nil)
    }

    nonisolated(unsafe) private static var cancellationInUse: Cancellation?
}
