import Archiver
import Commands
import Core
import Foundation
import Glibc
import Restorer
import Tarball
import TestSupport
import Vault

@testable import Operations

/// A source, a vault and a cache in one directory, and the operations on them.
final class Bench: Sendable {
    let scratch: Scratch
    var source: String { scratch("source") }
    var vault: String { scratch("vault") }
    var cache: String { scratch("cache") }
    var back: String { scratch("back") }

    /// - Parameter root: `/dev/shm` for tests that need speed and no particular file system.
    init(in root: String = "/tmp") throws {
        scratch = try Scratch(in: root)
        mkdir(scratch("source"), 0o755)
        mkdir(scratch("cache"), 0o755)
        _ = try Vault.create(at: scratch("vault"))
    }

    /// Runs a script in the source.
    @discardableResult
    func edit(_ script: String) async throws -> [UInt8] { try await bash(script, in: source) }

    /// The source as the dataset `data`.
    func dataset(_ name: String = "data", before: Command? = nil, after: Command? = nil) -> BackupRequest.Dataset {
        BackupRequest.Dataset(name: name, source: .directory(.init(path: source)), preparation: .init(before: before, after: after))
    }

    func request(_ datasets: [BackupRequest.Dataset]? = nil, policy: String? = "test") -> BackupRequest {
        var request = BackupRequest(policy: policy, datasets: datasets ?? [dataset()])
        // A test cannot wait until a file is a minute old.
        request.settling = TreeEntry.tick
        return request
    }

    /// The vault, opened anew; at another place, if one is given.
    func repository(at path: String? = nil, isCached: Bool = true) throws -> Repository {
        try Repository.open(at: path ?? vault, cachePath: isCached ? cache : nil)
    }

    @discardableResult
    func backup(
        _ request: BackupRequest? = nil, in other: Repository? = nil, progress: VaultProgress = VaultProgress(),
        cancellation: Cancellation = Cancellation()
    ) async throws -> BackupReport {
        let (request, repository) = (request ?? self.request(), try other ?? repository())
        return try await offPool { try Backup(request, in: repository, progress: progress, cancellation: cancellation).run() }
    }

    func restoreRequest(_ snapshot: String = "latest", to target: String? = nil) -> RestoreRequest {
        RestoreRequest(snapshot: snapshot, target: .directory(target ?? back))
    }

    @discardableResult
    func restore(
        _ request: RestoreRequest? = nil, in other: Repository? = nil, progress: VaultProgress = VaultProgress(),
        cancellation: Cancellation = Cancellation()
    ) async throws -> RestoreReport {
        let (request, repository) = (request ?? restoreRequest(), try other ?? repository())
        return try await offPool { try Restore(request, in: repository, progress: progress, cancellation: cancellation).run() }
    }

    @discardableResult
    func verify(deep: Bool = false) async throws -> VerifyReport {
        var request = Verify.Request()
        request.isDeep = deep
        let (chosen, repository) = (request, try repository())
        return try await offPool { try Verify(chosen, in: repository, progress: VaultProgress(), cancellation: Cancellation()).run() }
    }

    /// Oldest first.
    func snapshotIDs() throws -> [String] { try Vault.open(at: vault).snapshots().snapshots.map(\.id.hex) }

    /// How many snapshots there are.
    func snapshotCount() throws -> Int { try Vault.open(at: vault).snapshots().snapshots.count }

    func view(_ snapshot: String = "latest") throws -> SnapshotView { try repository().view(SnapshotChoice(snapshot)) }

    /// All paths of a snapshot.
    func paths(_ snapshot: String = "latest") throws -> [String] {
        var paths: [String] = []
        try view(snapshot).entries { paths.append($0.path.description) }
        return paths
    }

    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    func inode(_ path: String) -> UInt64 {
        var status = stat()
        return lstat(path, &status) == 0 ? UInt64(status.st_ino) : 0
    }
}

/// A shell script as a command of the operator's.
func script(_ text: String, timeout: Duration? = nil) -> Command { Command(["sh", "-c", text], timeout: timeout) }

/// A time limit far beyond what any command here takes: a bug ends as a failure and not as a hang.
let generous = Duration.seconds(60)
