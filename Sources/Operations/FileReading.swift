import FileTree
import Glibc
import Tarball
import Vault

/// Turns what a scan came upon into entries of the tree: reads, chunks, stores. One thread's part.
struct FileReading {
    /// Beyond so many stretches a map of holes costs more than it saves.
    private static let extentsMax = 10_000
    /// Escaped they take four times as much, and an entry of a tree has its bounds.
    private static let attributeBytesMax = 1 << 20

    let worker: VaultWriter.Worker
    var contents: ContentWriter
    let progress: Progress
    let cancellation: Cancellation

    /// Handles one item; what goes wrong with it is a problem of the result, unless the vault itself failed.
    mutating func handle(_ item: BackupItem, into result: inout BackupResult) throws {
        switch item {
        case .carriedOver(let text, let entries):
            result.pieces.append(.text(text))
            result.entries += entries
        case .file(let file, let path, let group): try attempt(path, &result) { me, result in try me.read(file, path, group, &result) }
        case .link(let file, let path, let group):
            // Its content is that of the first name, which is filled in when that is in the tree.
            let entry = TreeEntry(path: path, kind: .fifo, status: file.status, asOf: .now())
            result.pieces.append(.link(entry, group))
            result.entries += 1
            result.counts.files += 1
        case .metadata(let file, let path): try attempt(path, &result) { me, result in try me.describe(file, path, &result) }
        case .socket(let path):
            result.counts.skipped += 1
            result.notes.append("\(path): a socket, which only its program can make again; skipped")
        case .synthetic(let entry, let content): try storeSynthetic(entry, content, &result)
        case .command(let command, let path, let root): try store(command, path, root, &result)
        case .failed(let path, let error): note(error, path, &result)
        case .note(let text): result.notes.append(text)
        }
    }

    private mutating func attempt(
        _ path: TreePath, _ result: inout BackupResult, _ body: (inout Self, inout BackupResult) throws -> Void
    ) throws {
        do { try body(&self, &result) } catch let error as SystemError { note(error, path, &result) }
    }

    /// A file that was removed since it was listed is none of the backup's; any other failure is.
    private func note(_ error: SystemError, _ path: TreePath, _ result: inout BackupResult) {
        if error.code == ENOENT {
            result.notes.append("\(path): removed while the backup ran")
        } else {
            result.counts.unreadable += 1
            result.problems.append(SnapshotRecord.Problem(path: path.description, reason: "cannot \(error.operation) it: \(error.reason)"))
        }
    }

    /// Reads a file; again, once, if it changed meanwhile. One that changes all the time is stored as it was read, and named.
    private mutating func read(_ found: WalkedFile, _ path: TreePath, _ group: LinkGroup?, _ result: inout BackupResult) throws {
        let file = try found.parent.open(found.name, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        file.adviseSequential()
        for attempt in 1...2 {
            let started = FileTime.now()
            let before = try file.status()
            guard before.kind == .regular else { throw SystemError("read (it became something else)", path: found.path, code: EINVAL) }
            // One that was put in its place is not what the other names stand for.
            let group = before.identity == found.status.identity ? group : nil
            let extents = holes(of: file, before)
            if attempt > 1 { try file.seek(to: 0) }
            let stored = try store(file, before)
            result.counts.newBytes += stored.newBytes
            let after = try file.status()
            let isStable = before.sameContent(as: after) && stored.size == before.size
            if !isStable, attempt == 1 { continue }
            let kind = TreeEntry.Kind.file(.init(size: stored.size, digest: stored.digest, location: stored.location))
            var entry = TreeEntry(path: path, kind: kind, status: after, asOf: started)
            addAttributes(to: &entry, &result) { () throws(SystemError) in try file.extendedAttributes() }
            if isStable {
                entry.dataExtents = extents
            } else {
                entry.isUnstable = true
                entry.changeMark = nil
                result.counts.unreadable += 1
                result.problems.append(
                    SnapshotRecord.Problem(path: path.description, reason: "it changed while it was read, twice: stored as read"))
            }
            if after.linkCount == 0 { result.notes.append("\(path): removed while it was read; stored as it was") }
            result.counts.files += 1
            result.counts.bytes += stored.size
            progress.add(files: 1)
            if let group {
                result.pieces.append(.first(entry, group))
                result.entries += 1
            } else {
                result.append(entry)
            }
            return
        }
    }

    private mutating func store(_ file: OpenFile, _ status: FileStatus) throws -> ContentWriter.Result {
        let progress = progress
        return try contents.store(expectedBytes: status.size, cancellation: cancellation) { buffer, start, count in
            let length = try file.read(into: &buffer, at: start, count: count)
            progress.add(bytes: length)
            return length
        }
    }

    /// Where the data lies in a file that has holes.
    private func holes(of file: OpenFile, _ status: FileStatus) -> [TreeEntry.DataExtent]? {
        guard status.allocated < status.size, let extents = file.dataExtents(size: status.size, limit: Self.extentsMax) else {
            return nil
        }
        if extents.reduce(0, { $0 + $1.length }) == status.size { return nil }
        return extents.map { TreeEntry.DataExtent(offset: $0.offset, length: $0.length) }
    }

    /// What cannot be read of the attributes is named; the entry stays, since others may lie beneath it.
    private func addAttributes(
        to entry: inout TreeEntry, _ result: inout BackupResult, _ read: () throws(SystemError) -> [ExtendedAttribute]
    ) {
        var reason = "they are larger than \(Self.attributeBytesMax) bytes"
        do throws(SystemError) {
            let attributes = try read()
            if attributes.reduce(0, { $0 + $1.name.count + $1.value.count }) <= Self.attributeBytesMax {
                entry.attributes = attributes.map { TreeEntry.Attribute(name: $0.name, value: $0.value) }
                return
            }
        } catch {
            reason = error.reason
        }
        entry.changeMark = nil
        result.counts.unreadable += 1
        result.problems.append(
            SnapshotRecord.Problem(path: entry.path.description, reason: "its attributes cannot be stored: \(reason)"))
    }

    private func describe(_ file: WalkedFile, _ path: TreePath, _ result: inout BackupResult) throws {
        let status = file.status
        let kind: TreeEntry.Kind =
            switch status.kind {
            case .symbolicLink: .symbolicLink(target: try file.parent.readLink(file.name))
            case .fifo: .fifo
            case .characterDevice: .characterDevice(major: status.deviceMajor, minor: status.deviceMinor)
            case .blockDevice: .blockDevice(major: status.deviceMajor, minor: status.deviceMinor)
            case .directory, .regular, .socket: .directory
            }
        var entry = TreeEntry(path: path, kind: kind, status: status, asOf: .now())
        addAttributes(to: &entry, &result) { () throws(SystemError) in
            if let directory = file.directory { return try directory.file.extendedAttributes() }
            return try file.parent.extendedAttributes(of: file.name)
        }
        result.append(entry)
        if kind == .directory { result.counts.directories += 1 } else { result.counts.others += 1 }
    }

    private mutating func storeSynthetic(_ entry: TreeEntry, _ content: [UInt8]?, _ result: inout BackupResult) throws {
        var entry = entry
        if let content {
            let stored = try contents.store(content, cancellation: cancellation)
            entry.kind = .file(.init(size: stored.size, digest: stored.digest, location: stored.location))
            result.counts.files += 1
            result.counts.bytes += stored.size
            result.counts.newBytes += stored.newBytes
            progress.add(files: 1, bytes: content.count)
        } else {
            result.counts.directories += 1
        }
        result.append(entry)
    }

    /// The writing end is the program's alone: as long as this one holds it, the output has no end.
    private static func start(_ command: Command, _ stop: Cancellation) throws -> (output: OpenFile, running: Command.Running) {
        let (reading, writing) = try OpenFile.pipe(name: command.text)
        return (reading, command.start(output: writing, cancellation: stop))
    }

    /// How long the output may stay open and silent when the program itself has ended.
    private static let silenceMax = Duration.seconds(30)

    /// Returns when there is something to read, or the end. The end of the program is not the end of its output: what it started
    /// may still be writing. Something that keeps the pipe open and says nothing is an error, since nobody knows if that was all.
    private static func waitForOutput(_ output: OpenFile, of running: Command.Running, _ cancellation: Cancellation) throws {
        var silentSince: ContinuousClock.Instant?
        while try !output.waitUntilReadable(milliseconds: 100) {
            try cancellation.check()
            guard running.hasEnded else { continue }
            if let silentSince, ContinuousClock.now - silentSince > silenceMax {
                throw SystemError(
                    "read all of the output (the program has ended, and something that it started keeps it open) of", path: output.path,
                    code: ETIMEDOUT)
            }
            silentSince = silentSince ?? ContinuousClock.now
        }
    }

    /// Stores a program's standard output, whole or not at all.
    private mutating func store(_ command: Command, _ path: TreePath, _ root: TreeEntry, _ result: inout BackupResult) throws {
        // A program whose output nobody takes any more would wait for ever.
        let stop = Cancellation(following: cancellation)
        let (reading, running) = try Self.start(command, stop)
        let content: ContentWriter.Result
        do {
            content = try contents.store(expectedBytes: 0, cancellation: cancellation) { [progress, cancellation] buffer, start, count in
                try Self.waitForOutput(reading, of: running, cancellation)
                let length = try reading.read(into: &buffer, at: start, count: count)
                progress.add(bytes: length)
                return length
            }
        } catch {
            stop.cancel()
            // The failure that matters is on its way.
            _ = try? running.wait()
            guard let error = error as? SystemError else { throw error }
            result.failure = error.description
            return
        }
        do { try running.wait() } catch let error as VaultError where error.code == .failed {
            result.failure = error.message
            return
        }
        result.counts.newBytes += content.newBytes
        result.counts.bytes += content.size
        result.counts.files += 1
        result.counts.directories += 1
        result.append(root)
        let kind = TreeEntry.Kind.file(.init(size: content.size, digest: content.digest, location: content.location))
        result.append(TreeEntry(path: path, kind: kind, mode: 0o600, owner: root.owner, group: root.group, modified: root.modified))
        progress.add(files: 1)
    }
}
