import Core
package import PhotonicCore
import Tarball
package import Vault

/// How a dataset responded in the nights before.
package struct WitnessHistory: Sendable {
    /// What its responses are compared with: each as it was when it was last sound.
    package let baseline: WitnessBaseline
    /// The newest; nil where there is none.
    package let newest: Witness?
    /// Whether all files are read anew, also those that have not changed by their times.
    package var readsAll = false

    /// What need not be found out again.
    var reusable: EarlierRuns { readsAll ? EarlierRuns() : newest?.reusable ?? EarlierRuns() }

    /// So many nights are looked at, and only while something is not sound: what is sound in none of them is compared as it is.
    private static let nightsMax = 400

    /// - Parameters:
    ///   - snapshots: those of the policy, oldest first.
    ///   - accepted: of which responses a person has said that they are right.
    package init(
        of dataset: String, in snapshots: [Snapshot], accepted: AcceptedResponses, _ reader: BlobReader
    ) throws {
        var newest: Witness?
        // By the bytes of their names.
        var sound: [[UInt8]: Response] = [:]
        var wanted: Set<[UInt8]> = []
        func bytes(_ names: some Sequence<String>) -> Set<[UInt8]> { Set(names.map { Array($0.utf8) }) }
        let nights = snapshots.filter { $0.record.witness(of: dataset)?.blob != nil }.suffix(Self.nightsMax).reversed()
        for night in nights {
            guard let witness = try Self.read(dataset, night, reader) else { continue }
            let settled = bytes(accepted.names(dataset, of: night))
            let here = bytes(witness.responses.map(\.name))
            if newest == nil {
                newest = witness
                wanted = here.union(bytes(witness.unsound ?? [])).union(bytes(witness.dropped))
            }
            // That it is gone was accepted.
            wanted.subtract(settled.subtracting(here))
            for response in witness.responses where wanted.contains(Array(response.name.utf8)) {
                let name = Array(response.name.utf8)
                guard witness.isSound(response.name) || settled.contains(name) else { continue }
                sound[name] = response
                wanted.remove(name)
            }
            if wanted.isEmpty { break }
        }
        // Of what was never sound, whatever there is.
        let rest = (newest?.responses ?? []).filter { sound[Array($0.name.utf8)] == nil }
        self.newest = newest
        baseline = WitnessBaseline(sound.values + rest, suiteOf: newest)
    }

    /// One that cannot be read is no reason to end a backup: `verify` names it.
    private static func read(_ dataset: String, _ snapshot: Snapshot, _ reader: BlobReader) throws -> Witness? {
        do { return try SnapshotView.witness(of: dataset, in: snapshot.record, reader) } catch let error as Failure
            where error.code == .damaged
        { return nil }
    }
}

extension SnapshotView {
    /// How a dataset responded when it was backed up; nil where that was not recorded.
    package func witness(of dataset: String) throws -> Witness? {
        try Self.witness(of: dataset, in: snapshot.record, reader)
    }

    package static func witness(of dataset: String, in record: SnapshotRecord, _ reader: BlobReader) throws -> Witness? {
        guard let recorded = record.witness(of: dataset), let contents = recorded.contents else { return nil }
        var bytes: [UInt8] = []
        guard contents.size <= Int64(Witness.bytesMax) else { throw Failure(.damaged, "the witness of \(dataset) is impossibly large") }
        try reader.read(contents) { span in span.withUnsafeBytes { bytes += $0 } }
        do { return try Witness(encoded: bytes) } catch { throw Failure(.damaged, "the witness of \(dataset): \(error)") }
    }
}
