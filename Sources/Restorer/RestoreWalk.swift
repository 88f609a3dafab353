package import Core
import FileTree
import Glibc
package import Tarball
package import Vault

/// A file, link or node to be written, and the directory that takes it.
package struct RestoreJob {
    package let entry: TreeEntry
    package let parent: TargetDirectory
    /// The directory of its dataset: where hard links count from.
    package let dataset: TargetDirectory
}

package struct RestoreBatch {
    package let number: Int
    package var jobs: [RestoreJob] = []
}

/// Goes through the tree in path order, makes directories as they come, and hands out the rest. Used under a lock.
///
/// Every directory is reached through the descriptor of the one above it and never through a link, so that nothing leads out
/// of the target, whatever the tree says and whatever stands in the target.
package final class RestoreWalk {
    private struct Level {
        let path: TreePath
        let entry: TreeEntry?
        /// Made only when something in it is selected.
        var directory: TargetDirectory?
        var isSelected: Bool
        var sweep: TargetSweep?
        /// Where the file system takes names for one, those that the snapshot has in it, as such a file system sees them.
        var kept: Set<String> = []
        /// Something is mounted there.
        var isMountPoint = false
        /// The snapshot has something in it.
        var hasEntries = false
        /// It could not be made, which has been reported.
        var hasFailed = false
        var isVault = false
    }

    private static let jobsMax = 64
    private static let bytesMax: Int64 = 1 << 20

    private var tree: TreeReader
    private let roots: TargetRoots
    private let options: RestoreOptions
    /// Datasets of which the snapshot has all: only what those lack may be deleted.
    private let complete: Set<[UInt8]>
    private let doubted: Set<[UInt8]>
    /// Datasets of which only some of what lay in their directory was chosen.
    private let chosen: Set<[UInt8]>
    /// Datasets that go back to where files of such a dataset go, too.
    private let unsure: Set<[UInt8]>
    /// Datasets of which something was left out that is still there, perhaps.
    private let lacking: Set<[UInt8]>
    /// One directory of each file system that was written to, by device.
    private var fileSystems: [UInt64: Directory] = [:]
    /// Whether a file system takes names for one that differ in case or form only, by device.
    private var foldingDevices: [UInt64: Bool] = [:]
    private let report: Monitor<RestoreReport>
    /// Is told what is deleted.
    package var progress = Progress()
    private var levels: [Level] = []
    private let top: TargetDirectory
    private var number = 0
    private var isFinished = false

    package init(
        _ tree: TreeReader, roots: TargetRoots, options: RestoreOptions, snapshot: JudgedSnapshot, report: Monitor<RestoreReport>
    ) throws(SystemError) {
        doubted = Set(snapshot.doubts.map { Array($0.dataset.utf8) })
        let whole = snapshot.record.datasets.filter { $0.outcome == .complete }.map { Array($0.name.utf8) }
        chosen = Set(snapshot.record.datasets.filter { $0.root != nil }.map { Array($0.name.utf8) })
        unsure = roots.goesBack ? Self.shared(snapshot.record.datasets) : []
        lacking = Set(snapshot.record.datasets.filter { $0.leftOut ?? 0 > 0 }.map { Array($0.name.utf8) })
        complete = Set(whole).subtracting(doubted).subtracting(chosen).subtracting(unsure).subtracting(lacking)
        self.tree = tree
        self.roots = roots
        self.options = options
        self.report = report
        let folds = !options.isDryRun && roots.common?.foldsNames() ?? false
        top = TargetDirectory(roots.common, path: nil, entry: nil, parent: nil, names: folds ? TargetNames() : nil, report: report)
        if let common = roots.common {
            let device = try common.file.status().identity.device
            fileSystems[device] = common
            foldingDevices[device] = folds
        }
        for name in roots.unplaced { report.withLock { $0.note("\(name) did not come from a directory: restore it with --target") } }
    }

    /// The next files to write; nil at the end, when everything that is to be deleted is deleted too.
    package func next(_ cancellation: Cancellation) throws -> RestoreBatch? {
        try cancellation.check()
        if isFinished { return nil }
        var batch = RestoreBatch(number: number)
        var bytes: Int64 = 0
        number += 1
        while batch.jobs.count < Self.jobsMax, bytes < Self.bytesMax {
            guard let entry = try tree.next()?.entry else {
                finish()
                break
            }
            if let job = try visit(entry) {
                batch.jobs.append(job)
                bytes += min(entry.contents?.size ?? 0, Self.bytesMax)
            }
        }
        return batch
    }

    private func finish() {
        isFinished = true
        leave(until: nil)
        for reason in tree.damage { report.withLock { $0.damage("the tree of the snapshot", reason) } }
        top.release()
    }

    /// Makes a directory, or tells what is to be written.
    private func visit(_ entry: TreeEntry) throws -> RestoreJob? {
        leave(until: entry.path)
        coverGap(entry.path)
        if let last = levels.indices.last { levels[last].hasEntries = true }
        let isSelected = options.filter.selects(entry.path.bytes)
        if case .directory = entry.kind {
            levels.append(Level(path: entry.path, entry: entry, isSelected: isSelected))
            if isSelected { _ = try directory(at: levels.count - 1) }
            return nil
        }
        guard isSelected else { return nil }
        guard let parent = try levels.isEmpty ? top : directory(at: levels.count - 1) else {
            if levels[levels.count - 1].hasFailed {
                report.withLock { $0.problem(entry.path.description, "its directory could not be made") }
            }
            return nil
        }
        if let last = levels.indices.last {
            try refuseVault(at: last)
            sweep(&levels[last], upTo: entry.path.name, parent)
        }
        parent.retain()
        return RestoreJob(entry: entry, parent: parent, dataset: levels.first?.directory ?? parent)
    }

    /// Leaves the directories that do not hold the path, and lets their metadata be set.
    private func leave(until path: TreePath?) {
        while let last = levels.last {
            if let path, path != last.path, path.isWithin(last.path) { return }
            levels.removeLast()
            guard let directory = last.directory else { continue }
            if last.isMountPoint, !last.hasEntries, last.sweep != nil {
                // It was left out of the backup; else what is in it would be in the snapshot too.
                report.withLock {
                    $0.note("\(last.path): another file system, of which the snapshot has nothing: nothing is deleted in it")
                }
            } else {
                var last = last
                sweep(&last, upTo: nil, directory)
            }
            directory.release()
        }
    }

    /// Where a part of the tree is lost, the directories of what follows may have been in it: they are made without metadata.
    private func coverGap(_ path: TreePath) {
        guard let parent = path.parent, levels.last?.path != parent else { return }
        var missing: [TreePath] = []
        var above: TreePath? = parent
        while let directory = above, directory != levels.last?.path {
            missing.append(directory)
            above = directory.parent
        }
        for directory in missing.reversed() { levels.append(Level(path: directory, entry: nil, isSelected: true)) }
    }

    /// The vault may lie in a dataset as an empty directory; nothing is ever put into it.
    private func refuseVault(at level: Int) throws {
        guard levels[level].isVault else { return }
        throw Failure(
            .usage, "\(levels[level].path) of the target is the vault itself",
            hint: "Choose another target; nothing was written into the vault.")
    }

    /// The directory of a level, made in the target with those above it; nil when something is in its way.
    private func directory(at level: Int) throws -> TargetDirectory? {
        if let made = levels[level].directory { return made }
        if levels[level].hasFailed { return nil }
        let above = level == 0 ? top : try directory(at: level - 1)
        guard let above else {
            levels[level].hasFailed = levels[level - 1].hasFailed
            return nil
        }
        let path = levels[level].path
        if level > 0 { try refuseVault(at: level - 1) }
        if level > 0 { sweep(&levels[level - 1], upTo: path.name, above) }
        do {
            let isOrigin = level == 0 && roots.goesBack
            let (opened, isNew) = try isOrigin ? roots.origin(of: path.name, isDryRun: options.isDryRun) : open(path, in: above)
            if opened == nil, !options.isDryRun || (isOrigin && !roots.hasOrigin(of: path.name)) { return nil }
            var sweep: TargetSweep?
            var folds = false
            if let opened {
                let identity = try opened.file.status().identity
                fileSystems[identity.device] = opened
                levels[level].isVault = roots.isVault(identity)
                if !levels[level].isVault, !isNew { sweep = try tidy(opened, path) }
                if sweep != nil {
                    levels[level].isMountPoint = try level > 0 && above.directory.map { try opened.isMountPoint(in: $0) } ?? false
                }
                folds = self.folds(opened, on: identity.device, isNew: isNew, in: above)
            }
            let takesMetadata =
                !options.isDryRun && !levels[level].isVault
                && (isNew || (levels[level].isSelected && options.overwrite != .never && !isOfChosen(path)))
            let made = TargetDirectory(
                opened, path: path, entry: takesMetadata ? levels[level].entry : nil, parent: above, names: folds ? TargetNames() : nil,
                report: report)
            levels[level].sweep = sweep
            report.withLock { $0.directories += 1 }
            levels[level].directory = made
            return made
        } catch let error as SystemError {
            report.withLock { $0.problem(path.description, error.withMount) }
        } catch let error as NameCollision {
            report.withLock { $0.collision(path.description, "\(error)") }
        }
        levels[level].hasFailed = true
        return nil
    }

    /// Removes what killed runs left in a directory that was there before, and says what else stands in it where that may be deleted.
    /// Nothing of this restore is in it yet.
    private func tidy(_ directory: Directory, _ path: TreePath) throws(SystemError) -> TargetSweep? {
        let names = try directory.names()
        if !options.isDryRun {
            let leftovers = directory.removeLeftovers(among: names)
            report.withLock { report in
                report.leftovers += leftovers.removed
                for failure in leftovers.failures { report.note("left by a restore that was killed: \(failure)") }
            }
        }
        return options.deletes && mayDelete(in: path) ? TargetSweep(names) : nil
    }

    /// A new directory is like the one above it; for any other the file system is asked once.
    private func folds(_ directory: Directory, on device: UInt64, isNew: Bool, in above: TargetDirectory) -> Bool {
        if options.isDryRun { return false }
        if isNew, above.directory != nil { return above.names != nil }
        if let known = foldingDevices[device], known || !directory.hasFoldingFlag { return known }
        let found = directory.foldsNames()
        if foldingDevices[device] == nil { foldingDevices[device] = found }
        return found
    }

    /// Whether a directory only leads to files that were chosen: where it is there, it stays as it is.
    private func isOfChosen(_ path: TreePath) -> Bool {
        roots.goesBack && (path.components.first.map { chosen.contains(Array($0)) } ?? false)
    }

    /// Files the backup could not read are missing from the snapshot, and must not be deleted for that.
    private func mayDelete(in path: TreePath) -> Bool {
        guard let dataset = path.components.first.map({ Array($0) }) else { return false }
        if complete.contains(dataset) { return true }
        let name = String(decoding: dataset, as: UTF8.self)
        let reason =
            chosen.contains(dataset)
            ? "is of some files among others"
            : unsure.contains(dataset)
                ? "shares its directory with files that were chosen by themselves"
                : lacking.contains(dataset)
                    ? "left out large files, or marked directories"
                    : doubted.contains(dataset) ? "is in doubt (`rekindle accept` settles that)" : "is not complete"
        report.withLock { $0.note("\(name): its backup \(reason): nothing is deleted in it") }
        return false
    }

    /// Returns when everything that was written is on its medium.
    package func sync() throws(SystemError) {
        for directory in fileSystems.values { try directory.file.syncFileSystem() }
    }

    private func open(_ path: TreePath, in above: TargetDirectory) throws -> (directory: Directory?, isNew: Bool) {
        guard let parent = above.directory else { return (nil, true) }
        let name = path.name
        let status = try parent.statusIfPresent(of: name)
        if status != nil { try above.keep(name, in: parent) }
        if let status, status.kind == .directory { return (try parent.openDirectory(name), false) }
        if status != nil, options.overwrite == .never {
            throw SystemError("make the directory (something else is there)", path: parent.path(of: name), code: EEXIST)
        }
        if options.isDryRun { return (nil, true) }
        if status != nil { try parent.removeFile(name) }
        try parent.makeDirectory(name)
        try above.keep(name, in: parent)
        return (try parent.openDirectory(name), true)
    }

    /// Deletes what stands in the directory before `name` and is not in the snapshot.
    private static func shared(_ datasets: [SnapshotRecord.Dataset]) -> Set<[UInt8]> {
        let chosen = datasets.compactMap(\.root).map { PlacedPath.components(PathText.bytes($0)) }
        let near = datasets.filter { dataset in
            guard let place = dataset.place.map({ PlacedPath.components(PathText.bytes($0)) }) else { return false }
            return chosen.contains { $0.starts(with: place) || place.starts(with: $0) }
        }
        return Set(near.map { Array($0.name.utf8) })
    }

    private func sweep(_ level: inout Level, upTo name: [UInt8]?, _ directory: TargetDirectory) {
        // After a gap nobody knows what the snapshot has: nothing is deleted any more.
        guard level.sweep != nil, tree.damage.isEmpty, let target = directory.directory else { return }
        if directory.names != nil, let name {
            // What stands there under another spelling may be what a later name of the snapshot means: all are known at the end.
            level.kept.insert(TargetNames.fold(name))
            return
        }
        let extra = (level.sweep?.names(before: name) ?? []).filter { !level.kept.contains(TargetNames.fold($0)) }
        if extra.isEmpty { return }
        let limits: Removal.Limits
        do {
            limits = try Removal.Limits(filter: options.filter, spared: roots.spared(), isDryRun: options.isDryRun)
        } catch {
            // Without knowing what is to be spared nothing is deleted.
            return report.withLock { $0.problem(directory.path?.description ?? "the target", error.withMount) }
        }
        for name in extra {
            guard let path = directory.path.map({ $0.appending(name) }) ?? TreePath(name), options.filter.selects(path.bytes) else {
                continue
            }
            do {
                let removal = try Removal.remove(name, in: target, as: path, limits)
                if removal.count > 0 { progress.change(.removed, path.description) }
                report.withLock { report in
                    report.deleted += removal.count
                    for path in removal.spared {
                        report.note(
                            "\(PathText.text(path)) is not deleted: another file system, another dataset or the vault")
                    }
                }
            } catch {
                report.withLock { $0.problem(path.description, error.withMount) }
            }
        }
    }
}
