package import Core
package import FileTree
import Glibc
import Tarball
package import Vault

/// Where datasets go: folders of one directory, or back to where each came from.
package struct TargetRoots: Sendable, CustomStringConvertible {
    package let description: String
    /// The one directory; nil when datasets go back to their origins, or in a dry run into a directory that is not there.
    package let common: Directory?
    /// By name of the dataset, for datasets that go back.
    package let origins: [[UInt8]: String]
    /// Datasets without a directory to go back to.
    package let unplaced: [String]
    package let goesBack: Bool
    private let vault: FileIdentity?

    /// - Parameter vault: which directory the vault is.
    package init(_ options: RestoreOptions, _ snapshot: Snapshot, vault: FileIdentity?) throws {
        self.vault = vault
        switch options.target {
        case .directory(let path):
            description = path
            goesBack = false
            origins = [:]
            unplaced = []
            if !options.isDryRun { try Directory.make(path) }
            common = Directory.exists(path) ? try Directory.open(path) : nil
        case .origin:
            goesBack = true
            common = nil
            // A policy's manifests are made anew and do not go back to where they were read.
            let isMade = { (name: String) in
                snapshot.record.policy != nil && [ReservedNames.manifests, ReservedNames.history].contains(name)
            }
            let placed = snapshot.record.datasets.filter { $0.place != nil && $0.outcome != .failed && !isMade($0.name) }
            origins = Dictionary(placed.compactMap { dataset in dataset.place.map { (Array(dataset.name.utf8), $0) } }) { first, _ in first
            }
            unplaced = snapshot.record.datasets.filter { !placed.contains($0) && $0.outcome != .failed }.map(\.name)
            description = placed.compactMap(\.place).joined(separator: ", ")
            guard !origins.isEmpty else {
                throw Failure(.usage, "no dataset of this snapshot came from a directory", hint: "Give a directory with --target.")
            }
        }
    }

    package func hasOrigin(of dataset: [UInt8]) -> Bool { origins[dataset] != nil }

    package func isVault(_ identity: FileIdentity) -> Bool { identity == vault }

    /// The directory of a dataset that goes back; made if it is missing, since it is what was lost.
    package func origin(of dataset: [UInt8], isDryRun: Bool) throws -> (directory: Directory?, isNew: Bool) {
        guard let path = origins[dataset] else { return (nil, false) }
        let isNew = !Directory.exists(path)
        if isNew, isDryRun { return (nil, true) }
        try Directory.make(path)
        return (try Directory.open(path), isNew)
    }

    /// What no restore deletes: the vault, and the directories of other datasets, which may lie in one that is restored.
    /// One that cannot be looked at is an error: nobody knows then what to leave alone.
    package func spared() throws(SystemError) -> Set<FileIdentity> {
        var spared = Set([vault].compactMap(\.self))
        for path in origins.values {
            do throws(SystemError) { spared.insert(try Directory.open(path).file.status().identity) } catch {
                // One that is not there needs no protection.
                if !error.isNotFound { throw error }
            }
        }
        return spared
    }
}
