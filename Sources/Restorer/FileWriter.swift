package import Core
package import FileTree
import Glibc
import Tarball
package import Vault

/// Writes files, links and nodes into the target: under a temporary name, checked, and put in place at once. One thread's part.
package struct FileWriter {
    private let options: RestoreOptions
    private let reader: BlobReader
    private let roots: TargetRoots
    private let report: Monitor<RestoreReport>
    private let progress: Progress
    private let cancellation: Cancellation
    /// The contents of files that were found to have further names, as read back.
    private let linked: Monitor<[FileIdentity: SHA256Digest]>
    private static let linkedMax = 10_000

    package init(
        _ options: RestoreOptions, reader: BlobReader, roots: TargetRoots, report: Monitor<RestoreReport>,
        linked: Monitor<[FileIdentity: SHA256Digest]>, progress: Progress, cancellation: Cancellation
    ) {
        self.options = options
        self.roots = roots
        self.linked = linked
        self.reader = reader
        self.report = report
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Does one job. What goes wrong with it is reported by its name; only an interruption or a vault that fails ends the restore.
    package func write(_ job: RestoreJob, turns: Monitor<RestoreTurns>, batch: Int) throws {
        defer { job.parent.release() }
        let path = job.entry.path.description
        try cancellation.check()
        do {
            guard let directory = job.parent.directory else {
                if options.isDryRun {
                    progress.change(.added, path)
                    return countPlanned(job.entry)
                }
                throw SystemError("write (there is no directory for it)", path: path, code: ENOENT)
            }
            let present = try directory.statusIfPresent(of: job.entry.path.name)
            if present != nil { try job.parent.check(job.entry, in: directory) }
            if present != nil, options.overwrite == .never {
                try job.parent.keep(job.entry.path.name, in: directory, isLink: job.entry.hardLink != nil)
                report.withLock { $0.kept += 1 }
                return
            }
            if let present, present.kind == .directory {
                guard options.deletes else {
                    throw SystemError(
                        "replace (it is a directory; --delete removes it)", path: directory.path(of: job.entry.path.name), code: EISDIR)
                }
                let limits = try Removal.Limits(filter: options.filter, spared: roots.spared(), isDryRun: options.isDryRun)
                let removal = try Removal.remove(job.entry.path.name, in: directory, as: job.entry.path, limits)
                report.withLock { $0.deleted += removal.count }
                guard !removal.isPartial else {
                    throw SystemError(
                        "replace (it holds what is not to be deleted)", path: directory.path(of: job.entry.path.name), code: EBUSY)
                }
            }
            progress.hold(path)
            if try write(job, directory, present, turns, batch) { progress.change(present == nil ? .added : .changed, path) }
        } catch let error as SystemError {
            report.withLock { $0.problem(path, error.withMount) }
        } catch let error as NameCollision {
            report.withLock { $0.collision(path, "\(error)") }
        } catch let error as Failure where error.code == .damaged {
            report.withLock { $0.damage(path, error.message) }
        }
    }

    /// - Returns: whether it was not there as it should be.
    private func write(
        _ job: RestoreJob, _ directory: Directory, _ present: FileStatus?, _ turns: Monitor<RestoreTurns>, _ batch: Int
    ) throws -> Bool {
        let entry = job.entry
        switch entry.kind {
        case .directory: return false
        case .file(let contents):
            if let first = entry.hardLink, options.filter.selects(first.bytes), !options.isDryRun,
                try link(job, contents, to: first, directory, turns, batch)
            {
                return true
            }
            if let present, try isIdentical(entry, contents, present, directory) {
                try job.parent.keep(entry.path.name, in: directory)
                if !options.isDryRun { try refresh(entry, directory) }
                report.withLock { $0.identical += 1 }
                progress.add(files: 1, bytes: Int(contents.size))
                return false
            }
            if options.isDryRun {
                countPlanned(entry)
            } else if present?.kind == .regular, directory.isMountPoint(entry.path.name) {
                try writeInPlace(entry, contents, directory)
            } else {
                try writeFile(entry, contents, job.parent, directory)
            }
        case .symbolicLink, .fifo, .characterDevice, .blockDevice:
            if options.isDryRun { countPlanned(entry) } else { try writeSpecial(entry, job.parent, directory) }
        }
        return true
    }

    private func countPlanned(_ entry: TreeEntry) {
        report.withLock { report in
            if let contents = entry.contents {
                report.files += 1
                report.bytes &+= contents.size
            } else {
                report.others += 1
            }
        }
    }

    /// Writes the content under a temporary name; only when its digest was right come the metadata and the name.
    private func writeFile(
        _ entry: TreeEntry, _ contents: TreeEntry.FileContents, _ parent: TargetDirectory, _ directory: Directory
    ) throws {
        let (temporary, file) = try directory.makeTemporaryFile()
        do {
            do {
                try fill(file, entry, contents, checksPieces: false)
            } catch let error as Failure where error.code == .damaged {
                // Again, piece by piece: a piece that is wrong may lie elsewhere as well, and else it is named.
                try file.setSize(0)
                try file.seek(to: 0)
                try fill(file, entry, contents, checksPieces: true)
            }
            setMetadata(of: entry) { writer throws(SystemError) in try writer.apply(to: file) }
            try parent.rename(temporary, to: entry.path.name, in: directory)
        } catch {
            // Remove the temporary file; the error that matters is on its way.
            try? directory.removeFile(temporary)
            // Kernels before 5.8 tell of a file that is a mount only now.
            guard let error = error as? SystemError, error.code == EBUSY, error.operation == "rename to" else { throw error }
            return try writeInPlace(entry, contents, directory)
        }
        count(entry, contents)
    }

    /// Writes into a file that is a mount, which nothing can take the place of, and reads it back. What is there is lost with the first
    /// byte: so all of the new content is read from the vault once before.
    private func writeInPlace(_ entry: TreeEntry, _ contents: TreeEntry.FileContents, _ directory: Directory) throws {
        try reader.read(contents, checksPieces: true) { _ in try cancellation.check() }
        let file = try directory.open(entry.path.name, O_RDWR)
        try file.setSize(0)
        try fill(file, entry, contents, checksPieces: true)
        try file.sync()
        try file.seek(to: 0)
        guard try digest(of: file) == contents.digest else {
            throw SystemError("read back what was written into", path: directory.path(of: entry.path.name), code: EIO)
        }
        setMetadata(of: entry) { writer throws(SystemError) in try writer.apply(to: file) }
        report.withLock { $0.note("\(entry.path) is a mount of its own: written in place and read back") }
        count(entry, contents)
    }

    private func count(_ entry: TreeEntry, _ contents: TreeEntry.FileContents) {
        report.withLock { report in
            report.files += 1
            report.bytes &+= contents.size
            if entry.isUnstable { report.note("\(entry.path): as it was while it changed; it may be of no single moment") }
            if entry.isGrowing { report.note("\(entry.path): as it was when the backup opened it; more was appended meanwhile") }
        }
        progress.add(files: 1)
    }

    /// Content that is right is worth keeping, also where its metadata cannot be had.
    private func setMetadata(of entry: TreeEntry, _ set: (MetadataWriter) throws(SystemError) -> Void) {
        do throws(SystemError) { try set(MetadataWriter(entry, report: report)) } catch {
            report.withLock { $0.problem(entry.path.description, "it is there, but not all of its metadata: \(error)") }
        }
    }

    private func fill(_ file: OpenFile, _ entry: TreeEntry, _ contents: TreeEntry.FileContents, checksPieces: Bool) throws {
        var position: Int64 = 0
        if entry.dataExtents != nil { try file.setSize(contents.size) }
        try reader.read(contents, checksPieces: checksPieces) { bytes in
            if entry.hasUnlistedHoles {
                for run in DataMap.runs(bytes, at: position) {
                    try file.seek(to: run.offset)
                    try file.write(bytes.extracting(Int(run.offset - position)..<Int(run.offset + run.length - position)))
                }
            } else if let extents = entry.dataExtents {
                try write(bytes, at: position, extents, to: file)
            } else {
                try file.write(bytes)
            }
            position += Int64(bytes.byteCount)
            progress.add(bytes: bytes.byteCount)
            try cancellation.check()
        }
    }

    /// Writes the parts of a piece that were data; between them the file keeps its holes. A piece that is not zero where the
    /// map says hole is written all the same: the digest counts, the map is only a hint.
    private func write(_ bytes: borrowing RawSpan, at position: Int64, _ extents: [TreeEntry.DataExtent], to file: OpenFile)
        throws(SystemError)
    {
        let end = position + Int64(bytes.byteCount)
        var done = position
        // They stand in order, and no two share a byte.
        var next = extents.firstIndex(beyond: position)
        while next < extents.count, extents[next].offset < end {
            let start = max(extents[next].offset, position)
            let stop = min(extents[next].offset + extents[next].length, end)
            try writeUnlessZero(bytes.extracting(Int(done - position)..<Int(start - position)), at: done, to: file)
            try file.seek(to: start)
            try file.write(bytes.extracting(Int(start - position)..<Int(stop - position)))
            done = stop
            next += 1
        }
        try writeUnlessZero(bytes.extracting(Int(done - position)..<bytes.byteCount), at: done, to: file)
    }

    private func writeUnlessZero(_ bytes: borrowing RawSpan, at position: Int64, to file: OpenFile) throws(SystemError) {
        if bytes.isZero { return }
        try file.seek(to: position)
        try file.write(bytes)
    }

    private func writeSpecial(_ entry: TreeEntry, _ parent: TargetDirectory, _ directory: Directory) throws {
        let temporary = TemporaryFiles.name()
        switch entry.kind {
        case .symbolicLink(let target): try directory.makeSymbolicLink(temporary, to: target)
        case .characterDevice(let major, let minor): try directory.makeNode(temporary, kind: .characterDevice, major: major, minor: minor)
        case .blockDevice(let major, let minor): try directory.makeNode(temporary, kind: .blockDevice, major: major, minor: minor)
        case .fifo, .file, .directory: try directory.makeNode(temporary, kind: .fifo, major: 0, minor: 0)
        }
        do {
            setMetadata(of: entry) { writer throws(SystemError) in try writer.apply(to: temporary, in: directory) }
            try parent.rename(temporary, to: entry.path.name, in: directory)
        } catch {
            // As above.
            try? directory.removeFile(temporary)
            throw error
        }
        report.withLock { $0.others += 1 }
    }

    /// Whether the file that is there has this content already: every byte of it is read.
    private func isIdentical(
        _ entry: TreeEntry, _ contents: TreeEntry.FileContents, _ present: FileStatus, _ directory: Directory
    ) throws -> Bool {
        // A file with other names may be tied to what this snapshot knows nothing of.
        guard options.overwrite == .changed, present.kind == .regular, present.size == contents.size, present.linkCount == 1,
            entry.hardLink == nil
        else { return false }
        let file: OpenFile
        // An old file that cannot be read, of a disk with a bad sector, is one that is written anew.
        do throws(SystemError) {
            file = try directory.open(entry.path.name, O_RDONLY)
            return try digest(of: file) == contents.digest
        } catch { return false }
    }

    /// Of a cancelled reading there is no digest to speak of: it equals no other.
    private func digest(of file: OpenFile) throws(SystemError) -> SHA256Digest {
        var hasher = SHA256Hasher()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while !cancellation.isCancelled, case let count = try file.read(into: &buffer, at: 0, count: buffer.count), count > 0 {
            hasher.update(buffer.span.extracting(..<count).bytes)
        }
        return hasher.finish()
    }

    private func refresh(_ entry: TreeEntry, _ directory: Directory) throws {
        let file = try directory.open(entry.path.name, O_RDONLY)
        setMetadata(of: entry) { writer throws(SystemError) in try writer.apply(to: file) }
    }

    /// Makes the name a further name of the first, once that is written. False when that is not possible: then it is written
    /// as a file of its own.
    private func link(
        _ job: RestoreJob, _ contents: TreeEntry.FileContents, to first: TreePath, _ directory: Directory, _ turns: Monitor<RestoreTurns>,
        _ batch: Int
    ) throws -> Bool {
        turns.wait { $0.hasEndedAllBefore(batch) ? () : nil }
        try cancellation.check()
        let name = job.entry.path.name
        do {
            guard let holder = try open(first, beneath: job.dataset.directory), try isRestored(first, in: holder, job.entry, contents)
            else {
                return false
            }
            let identity = try holder.status(of: first.name).identity
            // Renaming one name of a file to another does nothing: such a name is right as it is.
            if try directory.statusIfPresent(of: name)?.identity == identity {
                try job.parent.keep(name, in: directory, isLink: true)
            } else {
                try makeLink(name, to: first.name, in: holder, job.parent, directory)
            }
        } catch let error as SystemError {
            report.withLock { $0.note("some hard links could not be made (\(error.reason)): their names are files of their own") }
            return false
        }
        report.withLock { $0.files += 1 }
        progress.add(files: 1)
        return true
    }

    private func makeLink(
        _ name: [UInt8], to first: [UInt8], in holder: Directory, _ parent: TargetDirectory, _ directory: Directory
    ) throws {
        let temporary = TemporaryFiles.name()
        try directory.makeHardLink(temporary, to: first, in: holder)
        do { try parent.rename(temporary, to: name, in: directory, isLink: true) } catch {
            // As above.
            try? directory.removeFile(temporary)
            throw error
        }
    }

    /// The directory that holds a path of the same dataset, reached without following a link.
    private func open(_ path: TreePath, beneath dataset: Directory?) throws(SystemError) -> Directory? {
        guard var directory = dataset else { return nil }
        for component in path.components.dropFirst().dropLast() { directory = try directory.openDirectory(Array(component)) }
        return directory
    }

    /// Whether the file that the first name stands for has what the tree says of this name: it may be an older one that was kept, and
    /// the tree may lie. Read once for all names of a file.
    private func isRestored(
        _ first: TreePath, in holder: Directory, _ entry: TreeEntry, _ contents: TreeEntry.FileContents
    ) throws(SystemError) -> Bool {
        guard let status = try holder.statusIfPresent(of: first.name), status.kind == .regular, status.size == contents.size,
            TreeEntry.Time(status.modified) == entry.modified
        else { return false }
        if let known = linked.withLock({ $0[status.identity] }) { return known == contents.digest }
        let found = try digest(of: try holder.open(first.name, O_RDONLY))
        linked.withLock { linked in
            if linked.count == Self.linkedMax { linked.removeAll() }
            linked[status.identity] = found
        }
        return found == contents.digest
    }
}
