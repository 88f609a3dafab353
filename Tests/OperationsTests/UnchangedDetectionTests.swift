import Archiver
import Core
import Glibc
import Restorer
import Tarball
import TestSupport
import Testing
import Vault

@testable import Operations

/// What is carried over from the parent without reading it, and what is not.
@Suite(.serialized) struct UnchangedDetectionTests {
    @Test func whatDidNotChangeIsNotReadAgain() async throws {
        let bench = try Bench()
        try await bench.edit("mkdir d; echo one > d/one; echo two > two; ln two three; ln -s two link; mkfifo fifo")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        let again = try await bench.backup()
        let dataset = try #require(again.datasets.first)
        #expect(dataset.unchanged == dataset.files && dataset.files == 3)
        #expect(dataset.newBytes == 0)
        #expect(try bench.paths() == ["data", "data/d", "data/d/one", "data/fifo", "data/link", "data/three", "data/two"])
    }

    /// Each changes something that the size and the time of the last write do not show, or that only these show.
    @Test(arguments: [
        "printf two > f; touch -d @1000000000 f",
        "printf two > g; touch -d @1000000000 g; mv g f",
        "chmod 600 f", "chown 5:5 f", "setfattr -n user.x -v y f", "setfacl -m u:5:r f", "touch -d @1000000001 f", "ln f g",
        "rm f; mkdir f", "rm f; ln -s x f", "rm f; mkfifo f",
    ])
    func whatChangedIsNoticed(edit: String) async throws {
        let bench = try Bench()
        try await bench.edit("printf one > f; touch -d @1000000000 f; mkdir other")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bench.edit(edit)
        let before = try await TreeListing.of(bench.source)
        let report = try await bench.backup()
        // Another name changes the inode of a file, and nothing that a restore would bring back.
        #expect(report.datasets.first?.unchanged == (edit == "ln f g" ? 1 : 0))
        try await bench.restore()
        #expect(before.differences(try await TreeListing.of(bench.back + "/data")) == [])
    }

    @Test func aFileChangedRightBeforeABackupIsReadAgainByTheNext() async throws {
        let bench = try Bench()
        try await bench.edit("echo fresh > f")
        var request = bench.request()
        request.settling = TreeEntry.settling
        try await bench.backup(request)
        try await Task.sleep(for: .milliseconds(2100))
        let progress = VaultProgress()
        let report = try await bench.backup(request, progress: progress)
        #expect(progress.figures.bytes == 6)
        #expect(report.datasets.first?.unchanged == 1)
        #expect(report.datasets.first?.newBytes == 0)
    }

    /// A page that is dirty still takes a second write without a trace in the file's times. Whoever syncs meanwhile, as the tests beside
    /// this one do, makes it clean: then it is tried again.
    @Test func whatIsWrittenThroughAMappingSoonAfterABackupIsSaved() async throws {
        for _ in 1...8 {
            let bench = try Bench()
            try await bench.edit("head -c 8192 /dev/zero > db; touch -d '1 hour ago' db; sync db")
            var request = bench.request()
            request.settling = TreeEntry.settling
            let descriptor = open(bench.source + "/db", O_RDWR)
            let mapping = try #require(mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0))
            defer {
                munmap(mapping, 8192)
                close(descriptor)
            }
            mapping.storeBytes(of: 1, as: UInt8.self)
            try await Task.sleep(for: .milliseconds(2500))
            let before = try status(bench.source + "/db")
            try await bench.backup(request)
            mapping.storeBytes(of: 2, as: UInt8.self)
            guard try status(bench.source + "/db") == before else { continue }
            try await bench.backup(request)
            try await bench.restore()
            #expect(try await bash("cmp source/db back/data/db", in: bench.scratch.path) == [])
            return
        }
        print("not shown: each time somebody synced between the two writes")
    }

    private func status(_ path: String) throws -> [Int] {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    /// A file whose content changes and whose times do not: what only reading finds.
    @Test(arguments: [
        (ChangeDetection.times, [true, true, true, true]), (.content(nights: 1), [false, false, false, false]),
    ])
    func timesAreBelievedUnlessThePolicyAsksForContent(change: ChangeDetection, believed: [Bool]) async throws {
        let bench = try Bench()
        try await bench.edit("echo one > f")
        try await Task.sleep(for: .milliseconds(2100))
        let request = contentRequest(bench, change)
        try await bench.backup(request)
        for isBelieved in believed {
            let progress = VaultProgress()
            try await bench.backup(request, progress: progress)
            #expect((progress.figures.bytes == 0) == isBelieved)
        }
    }

    @Test func everyThirdNightReadsAllOfIt() async throws {
        let bench = try Bench()
        try await bench.edit("echo one > f")
        try await Task.sleep(for: .milliseconds(2100))
        let request = contentRequest(bench, .content(nights: 3))
        var readAll: [Bool] = []
        for _ in 1...7 { readAll.append(try await bench.backup(request).datasets.first?.readsAll ?? false) }
        #expect(readAll == [true, false, false, true, false, false, true])
    }

    private func contentRequest(_ bench: Bench, _ change: ChangeDetection) -> BackupRequest {
        bench.request([.init(name: "data", source: .directory(.init(path: bench.source, change: change)))])
    }

    @Test func whereTimesSayLittleThatIsSaid() async throws {
        let bench = try Bench(in: "/dev/shm")
        try await bench.edit("echo one > f")
        try await Task.sleep(for: .milliseconds(2100))
        #expect(try await bench.backup().notes.isEmpty)
        #expect(try await bench.backup().notes.contains { $0.contains("data lies in memory") && $0.contains("change: content") })
    }

    /// The pod of a nightly job has another name each night.
    @Test func theSourceFindsTheParentAndNotTheNameOfTheHost() async throws {
        let bench = try Bench()
        try await bench.edit("echo one > f")
        try await Task.sleep(for: .milliseconds(2100))
        var request = bench.request()
        request.host = "backup-29012345-abcde"
        try await bench.backup(request)
        request.host = "backup-29013785-fghij"
        let report = try await bench.backup(request)
        #expect(report.datasets.first?.unchanged == 1)
        #expect(report.snapshot?.record.host == "backup-29013785-fghij")
    }

    @Test func ofTwoHostsWithOnePolicyEachHasItsOwnParent() async throws {
        let bench = try Bench()
        try await bench.edit("echo one > f")
        var parents: [String?] = []
        var ids: [String] = []
        for host in ["a", "b", "a", "b"] {
            var request = bench.request()
            request.host = host
            let report = try await bench.backup(request)
            parents.append(report.parent)
            ids.append(try #require(report.snapshot).id.hex)
        }
        // The second host begins with what the first has: the sources are the same.
        #expect(parents == [nil, ids[0], ids[0], ids[1]])
    }

    @Test func whatTheVaultHasLostIsStoredAgain() async throws {
        let bench = try Bench()
        try await bench.edit("seq 1 100000 > f")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bash("find packs -type f | xargs rm", in: bench.vault)
        let report = try await bench.backup()
        #expect(report.isComplete)
        #expect(report.datasets.first?.unchanged == 0)
        #expect(try await bench.restore().isComplete)
        #expect(try await bash("cmp \(bench.source)/f \(bench.back)/data/f", in: "/") == [])
    }

    @Test func anotherSourceUnderTheSameNameIsNoParent() async throws {
        let bench = try Bench()
        try await bench.edit("echo one > f")
        try await Task.sleep(for: .milliseconds(2100))
        try await bench.backup()
        try await bash("cp -a source other", in: bench.scratch.path)
        var request = bench.request()
        request.datasets = [.init(name: "data", source: .directory(.init(path: bench.scratch("other"))))]
        let report = try await bench.backup(request)
        #expect(report.isComplete && report.datasets.first?.unchanged == 0)
    }
}
