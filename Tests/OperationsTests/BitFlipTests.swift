import Core
import Foundation
import Glibc
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// No byte of a vault can change without notice: verify or restore tells, or what comes back is right all the same.
struct BitFlipTests {
    private static let contents = ["data/a": "some text\n", "data/b": "other text\n", "data/d/c": "more\n"]

    private func prepare() async throws -> Bench {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("mkdir d; printf 'some text\\n' > a; printf 'other text\\n' > b; printf 'more\\n' > d/c; ln -s a l")
        try await bench.backup()
        return bench
    }

    /// The files of the vault beneath a folder of it.
    private func objects(_ bench: Bench, _ folder: String) async throws -> [String] {
        try await bashText("find \(folder) -type f | sort", in: bench.vault).split(separator: "\n").map { "\(bench.vault)/\($0)" }
    }

    /// Why the damage went unnoticed; nil if it did not.
    private static func silence(_ bench: Bench) -> String? {
        do {
            // No cache: what it remembers of the vault is not what is tested.
            let verify = Verify.Request()
            if try Verify(verify, in: try bench.repository(isCached: false), progress: VaultProgress(), cancellation: Cancellation()).run()
                .isSound
            {
                return "verify called it sound"
            }
        } catch is Failure {} catch { return "verify threw \(error)" }
        do {
            let request = RestoreRequest(snapshot: "latest", target: .directory(bench.back))
            let report = try Restore(
                request, in: try bench.repository(isCached: false), progress: VaultProgress(), cancellation: Cancellation()
            ).run()
            if !report.isComplete { return nil }
            for (path, text) in contents where FileManager.default.contents(atPath: "\(bench.back)/\(path)") != Data(text.utf8) {
                return "restore gave another content for \(path)"
            }
        } catch is Failure {} catch { return "restore threw \(error)" }
        return nil
    }

    @Test(arguments: [("VAULT", 1), ("snapshots", 1), ("indexes", 1), ("packs", 1), ("RESTORE.md", 97), ("restore.sh", 97)])
    func everyFlippedByteIsNoticed(folder: String, step: Int) async throws {
        let bench = try await prepare()
        var silent: [String] = []
        for path in try await objects(bench, folder) {
            silent += try await offPool {
                var silent: [String] = []
                let descriptor = open(path, O_RDWR)
                defer { close(descriptor) }
                let size = Int(lseek(descriptor, 0, SEEK_END))
                for offset in stride(from: 0, to: size, by: step) {
                    var byte: UInt8 = 0
                    guard pread(descriptor, &byte, 1, offset) == 1 else { return ["cannot read \(path)"] }
                    var flipped = byte ^ (1 << UInt8(offset % 8))
                    pwrite(descriptor, &flipped, 1, offset)
                    if let reason = Self.silence(bench) { silent.append("\(path) at \(offset): \(reason)") }
                    pwrite(descriptor, &byte, 1, offset)
                }
                return silent
            }
        }
        #expect(silent == [])
        #expect(try await bench.verify(deep: true).isSound, "the vault is as it was")
    }

    @Test(arguments: ["VAULT", "snapshots", "indexes", "packs"]) func everyTruncationIsNoticed(folder: String) async throws {
        let bench = try await prepare()
        var silent: [String] = []
        for path in try await objects(bench, folder) {
            silent += try await offPool {
                let whole = FileManager.default.contents(atPath: path) ?? Data()
                let ends = [0, 1, 8, 9, whole.count / 2, whole.count - 9, whole.count - 1]
                let lengths = Set(ends + stride(from: 0, to: whole.count, by: 61))
                var silent: [String] = []
                for length in lengths.sorted() where length >= 0 && length < whole.count {
                    truncate(path, length)
                    if let reason = Self.silence(bench) { silent.append("\(path) cut to \(length): \(reason)") }
                    try whole.write(to: URL(fileURLWithPath: path))
                }
                return silent
            }
        }
        #expect(silent == [])
    }

    @Test(arguments: ["VAULT", "packs", "indexes", "snapshots"]) func everyMissingObjectIsNoticed(folder: String) async throws {
        let bench = try await prepare()
        for path in try await objects(bench, folder) {
            let reason = try await offPool {
                rename(path, bench.scratch("aside"))
                defer { rename(bench.scratch("aside"), path) }
                return Self.silence(bench)
            }
            // Without its only record a vault is one that has no snapshot yet: only restore can tell.
            #expect(reason == nil || (folder == "snapshots" && reason == "verify called it sound"), "\(path)")
        }
    }
}
