public import Core
import FileTree
import Glibc
public import Vault

/// One backup of a policy at a time on a host: two would run each other's hooks into the other's data.
///
/// The lock is one of the kernel's, on the policy's file, and ends with the process, however that ends. Where that file takes no lock there is none:
/// the vault itself is safe with any number of runs.
public final class PolicyRun {
    /// Whose run it is, and how long it may wait for another.
    public struct Request: Sendable {
        let policy: String
        let file: String
        let host: String
        let patience: Duration

        public init(policy: String, file: String, host: String, patience: Duration) {
            (self.policy, self.file, self.host, self.patience) = (policy, file, host, patience)
        }
    }

    private static let textMax = 200
    private static let pause = Duration.milliseconds(200)

    private let lock: OpenFile

    private init(_ lock: OpenFile) { self.lock = lock }

    /// Takes the lock, and waits for it as long as the request says.
    ///
    /// - Returns: nil where there is nothing to hold it on; it is held as long as the object lives.
    /// - Throws: who has it, when the time is over.
    public static func begin(
        _ request: Request, in repository: Repository, progress: Progress, cancellation: Cancellation
    ) throws -> PolicyRun? {
        // Whatever is wrong with the file is said by who reads it.
        let file: OpenFile
        do throws(SystemError) { file = try OpenFile.open(request.file, O_RDONLY | O_NONBLOCK | O_NOCTTY) } catch { return nil }
        let note = holderNote(request, in: repository)
        let deadline = ContinuousClock.now + request.patience
        var isTold = false
        while flock(file.descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { return nil }
            try cancellation.check()
            let holder = holder(note)
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .failed, "a backup of the policy \(request.policy) is under way on this host\(holder)",
                    hint: request.patience == .zero ? "--wait 10m waits for it." : "Its end was waited for; nothing was done.")
            }
            if !isTold { progress.notice("waiting for another backup of the policy \(request.policy)\(holder)") }
            isTold = true
            try Tasks.wait(cancellation) { try await Task.sleep(for: Self.pause) }
        }
        tell(note)
        return PolicyRun(file)
    }

    // MARK: Who has it: a file of the cache, which may be missing

    private static func holderNote(_ request: Request, in repository: Repository) -> OpenFile? {
        let host = SHA256Digest(of: Array(request.host.utf8)).hex.prefix(16)
        // Without it the same is said, only not who it is.
        do throws(SystemError) { return try repository.cache.lockFile(named: "\(request.policy).\(host).run") } catch { return nil }
    }

    private static func holder(_ note: OpenFile?) -> String {
        guard let note else { return "" }
        do throws(SystemError) {
            try note.seek(to: 0)
            let bytes = try note.rest(limit: textMax)
            return bytes.isEmpty ? "" : " (\(String(decoding: bytes, as: UTF8.self)))"
        } catch { return "" }
    }

    private static func tell(_ note: OpenFile?) {
        guard let note else { return }
        let text = Array("process \(getpid()), since \(Timestamp.now().forPeople) UTC".utf8)
        // What it says is for people; that it cannot be said is no reason to end a backup.
        do throws(SystemError) {
            try note.setSize(0)
            try note.seek(to: 0)
            try note.write(text.span.bytes)
        } catch {}
    }
}
