import Archiver
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// Several operations on one vault at the same time.
@Suite(.serialized) struct ConcurrentBackupTests {
    @Test func twoBackupsIntoOneVaultAreBothWhole() async throws {
        let bench = try Bench()
        try await bash(
            """
            for s in one two; do
                mkdir -p $s/d
                for i in $(seq 60); do head -c 60000 /dev/urandom > $s/f$i; done
                seq 1 400000 > $s/d/the-same
            done
            cp one/f1 one/f2 one/f3 two/d
            """, in: bench.source)
        let requests = ["one", "two"].map { name in
            bench.request([.init(name: name, source: .directory(.init(path: "\(bench.source)/\(name)")))], policy: name)
        }
        // Two processes have one cache, and two threads of one process do not.
        let repositories = try ["one", "two"].map { try Repository.open(at: bench.vault, cachePath: bench.cache + "/" + $0) }
        for _ in 0..<3 {
            async let first = bench.backup(requests[0], in: repositories[0])
            async let second = bench.backup(requests[1], in: repositories[1])
            #expect(try await first.isComplete)
            #expect(try await second.isComplete)
        }
        let report = try await bench.verify(deep: true)
        #expect(report.isSound, "\(report.damage) \(report.affected)")
        let views = try bench.snapshotIDs()
        #expect(views.count == 6)
        for id in views {
            let name = try #require(bench.view(id).snapshot.record.policy)
            let target = bench.scratch("back-\(id.prefix(10))")
            #expect(try await bench.restore(bench.restoreRequest(id, to: target)).isComplete)
            try await bash("diff -r source/\(name) \(target)/\(name)", in: bench.scratch.path)
        }
    }

    @Test func aVerificationDuringABackupFindsNoDamage() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("for i in $(seq 20); do head -c 500000 /dev/urandom > f$i; done")
        try await bench.backup()
        for round in 0..<3 {
            try await bench.edit("head -c 3000000 /dev/urandom > g\(round)")
            async let saved = bench.backup()
            async let first = bench.verify()
            async let second = bench.verify(deep: true)
            #expect(try await first.isSound)
            #expect(try await second.isSound)
            #expect(try await saved.isComplete)
        }
    }
}
