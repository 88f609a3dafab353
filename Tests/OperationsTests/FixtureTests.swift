import Core
import Foundation
import Operations
import Restorer
import TestSupport
import Testing
import Vault

/// Vaults that were written long ago, whole and damaged.
@Suite(.serialized) struct FixtureTests {
    @Test(.enabled(if: Fixtures.regenerates)) func makesTheFixturesAgain() async throws {
        let maker = try FixtureMaker()
        try await maker.golden()
        try await maker.damaged(
            "pack-flipped", "flip $pack 40",
            expect: [
                "verify 4 the pack's bytes are not what its name says", "verify 4 data/text", "restore 4 data/several-blobs", "backup 0",
                "script 1 damaged",
            ])
        try await maker.damaged(
            "pack-missing", "rm $pack",
            expect: ["verify 4 the pack is missing", "restore 4 data/several-blobs", "backup 0", "script 1"])
        try await maker.damaged(
            "pack-truncated", "truncate -s -9 $pack",
            expect: ["verify 4 the pack's bytes are not what its name says", "restore 0", "backup 0"])
        try await maker.damaged(
            "index-missing", "rm $(ls indexes/* | head -n 1)", expect: ["verify 4 is in no index yet", "restore 0", "backup 0", "script 1"])
        try await maker.damaged(
            "index-flipped", "flip $(ls indexes/* | head -n 1) 50",
            expect: ["verify 4 does not hold what its name says", "restore 0", "backup 0"])
        try await maker.damaged(
            "record-truncated", "truncate -s 300 snapshots/$latest",
            expect: [
                "verify 4 does not hold what its name says", "restore 4 is newer and damaged", "backup 0 is damaged: run `rekindle verify`",
                "script 1 is damaged",
            ])
        try await maker.damaged(
            "header-flipped", "flip VAULT 60", expect: ["verify 4 VAULT is damaged", "restore 4 VAULT is damaged", "backup 4", "script 0"])
        try await maker.damaged(
            "header-missing", "rm VAULT", expect: ["verify 10 there is no vault", "restore 10 there is no vault", "backup 10", "script 0"])
        try await maker.damaged(
            "newer-format", #"sed -i 's/"version" : 1/"version" : 2/' VAULT"#,
            expect: ["verify 2 Use a newer rekindle", "restore 2 has format 2", "backup 2 nothing was changed"])
        try await maker.damaged(
            "newer-record",
            #"""
            sed -i 's/"version" : 1/"version" : 2/' snapshots/$latest
            mv snapshots/$latest snapshots/${latest%-*}-$(sha256sum < snapshots/$latest | cut -c1-64).json
            """#, expect: ["verify 2 Use a newer rekindle", "restore 2 has format 2", "backup 2"])
        try await maker.damaged(
            "document-changed", "echo >> restore.sh", expect: ["verify 4 restore.sh is not what the header says", "restore 0", "backup 0"])
        try await maker.lostTree(expect: ["verify 4 of the tree is lost", "restore 4 of the tree is lost", "backup 0"])
    }

    @Test func theGoldenVaultIsReadAsItWasWritten() async throws {
        let bench = try await Fixtures.bench("golden-1")
        let report = try await bench.verify(deep: true)
        #expect(report.isSound && report.notes == [] && report.snapshots == 2)
        var text = ""
        for (number, id) in try bench.snapshotIDs().enumerated() {
            let target = bench.scratch("back-\(number)")
            #expect(try await bench.restore(bench.restoreRequest(id, to: target)).isComplete)
            text += "snapshot \(number + 1)\n" + Fixtures.describe(try await TreeListing.of(target + "/data"))
        }
        let expected = try bench.text(Fixtures.directory + "/golden-1/listing")
        for (was, becomes) in zip(expected.split(separator: "\n"), text.split(separator: "\n")) { #expect(was == becomes) }
        #expect(expected == text)
    }

    @Test func theGoldenVaultTakesNewBackups() async throws {
        let bench = try await Fixtures.bench("golden-1")
        try await bench.edit(Fixtures.source)
        let report = try await bench.backup(bench.request(policy: "golden"))
        #expect(report.isComplete)
        #expect(report.datasets.first?.newBytes == 0, "the same contents are cut into other blobs than they were")
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test func thereAreFixtures() { #expect(Fixtures.damaged.count >= 10) }

    @Test(arguments: Fixtures.damaged) func aDamagedVaultIsToldAsItsFixtureExpects(name: String) async throws {
        let lines = try String(contentsOfFile: "\(Fixtures.directory)/\(name)/expect", encoding: .utf8).split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 2)
            let bench = try await Fixtures.bench(name)
            let (status, message) = try await run(words[0], bench)
            #expect(String(status) == words[1], "\(name): \(line): \(message)")
            if words.count > 2 { #expect(message.contains(words[2]), "\(name): \(line)") }
        }
    }

    /// How the program would end, and what it would say.
    private func run(_ operation: Substring, _ bench: Bench) async throws -> (status: Int, message: String) {
        do {
            switch operation {
            case "verify":
                let report = try await bench.verify()
                let affected = report.affected.flatMap { $0.paths + $0.treeDamage }
                let message = (report.damage.map { "\($0.object): \($0.reason)" } + affected + report.notes).joined(separator: "\n")
                return (report.isSound ? 0 : 4, message)
            case "restore":
                let report = try await bench.restore()
                let message = ((report.damaged + report.problems).map { "\($0.path): \($0.reason)" } + report.notes).joined(separator: "\n")
                let passedOver = report.passedOver.map { "\($0.name) is newer and damaged" }.joined()
                return (report.damagedCount > 0 || passedOver != "" ? 4 : report.isComplete ? 0 : 1, message + passedOver)
            case "backup":
                let report = try await bench.backup()
                return (report.isComplete ? 0 : 3, report.notes.joined(separator: "\n"))
            default:
                do {
                    return (0, try await bashText("sh vault/restore.sh vault latest back", in: bench.scratch.path))
                } catch let error as ShellError { return (1, error.messages) }
            }
        } catch let error as Failure {
            let status =
                switch error.code {
                case .noVault: 10
                case .usage: 2
                case .damaged: 4
                case .interrupted, .failed: 1
                }
            return (status, error.description)
        }
    }
}
