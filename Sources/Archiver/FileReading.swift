import Commands
package import Core
import FileTree
import Glibc
import Tarball
package import Vault

/// Turns what a scan came upon into entries of the tree: reads, chunks, stores. One thread's part.
package struct FileReading {
    /// Beyond so many stretches a map of holes costs more than it saves: a restore then makes holes of what is zero.
    private static let extentsMax = 10_000
    /// Escaped they take four times as much, and an entry of a tree has its bounds.
    private static let attributeBytesMax = 1 << 20

    package let worker: VaultWriter.Worker
    package var contents: ContentWriter
    package let progress: Progress
    package let cancellation: Cancellation
    /// Seconds that a file must not have changed for before its times are believed.
    package let settling: Int64
    private var relisting = Relisting()

    package init(worker: VaultWriter.Worker, contents: ContentWriter, progress: Progress, cancellation: Cancellation, settling: Int64) {
        self.worker = worker
        self.contents = contents
        self.progress = progress
        self.cancellation = cancellation
        self.settling = settling
    }

    /// Handles one item; what goes wrong with it is a problem of the result, unless the vault itself failed.
    package mutating func handle(_ item: BackupItem, into result: inout BackupResult) throws {
        switch item {
        case .carriedOver(let text, let entries, let files, let bytes):
            progress.add(files: files, carried: bytes)
            result.pieces.append(.text(text))
            result.entries += entries
        case .file(let file, let path, let link, let known):
            try attempt(file, path, &result) { me, result in try me.read(FoundFile(file, path, link, known), &result) }
        case .link(let path, let link):
            result.pieces.append(.link(path, link))
            result.entries += 1
            result.counts.files += 1
        case .metadata(let file, let path, let known):
            try attempt(file, path, &result) { me, result in try me.describe(file, path, known: known, &result) }
        case .socket(let path):
            result.counts.skipped += 1
            result.note("\(path): a socket, which only its program can make again; skipped")
        case .synthetic(let entry, let content): try storeSynthetic(entry, content, &result)
        case .command(let command, let path, let root): try store(command, at: path, root, &result)
        case .input(let input, let path, let root): try store(input, at: path, root, &result)
        case .failed(let path, let error): name(error, path, &result)
        case .removed(let path): result.note("\(path): removed while the backup ran")
        case .note(let text): result.note(text)
        }
    }

    /// A file that was removed since it was listed is none of the backup's; any other failure is.
    private mutating func attempt(
        _ file: WalkedFile, _ path: TreePath, _ result: inout BackupResult, _ body: (inout Self, inout BackupResult) throws -> Void
    ) throws {
        var relisting = relisting
        defer { self.relisting = relisting }
        do {
            let done: Void? = try relisting.attempt(file.name, in: file.parent) { try body(&self, &result) }
            if done == nil { result.note("\(path): removed while the backup ran") }
        } catch let error as SystemError { name(error, path, &result) }
    }

    private func name(_ error: SystemError, _ path: TreePath, _ result: inout BackupResult) {
        let listed = error.code == ENOENT ? ", although its directory lists it, time and again" : ""
        result.problem(path, "cannot \(error.operation) it: \(error.reason)\(listed)")
    }

    /// A file to be read, and what is known of it.
    private struct FoundFile {
        let walked: WalkedFile
        let path: TreePath
        let link: FileLink?
        let known: TreeEntry?

        init(_ walked: WalkedFile, _ path: TreePath, _ link: FileLink?, _ known: TreeEntry?) {
            self.walked = walked
            self.path = path
            self.link = link
            self.known = known
        }
    }

    /// Reads a file and appends its entry.
    private mutating func read(_ found: FoundFile, _ result: inout BackupResult) throws {
        let path = found.path
        progress.hold(path.description)
        let file = try found.walked.parent.open(found.walked.name, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        file.adviseSequential()
        let look = try read(file, found.walked.path, &result)
        let kind = TreeEntry.Kind.file(.init(size: look.stored.size, digest: look.stored.digest, location: look.stored.location))
        var entry = TreeEntry(path: path, kind: kind, status: look.status, asOf: look.started, settling: settling)
        addAttributes(to: &entry, &result) { () throws(SystemError) in try file.extendedAttributes() }
        switch look.consistency {
        case .whole: entry.dataExtents = look.extents
        case .prefix:
            (entry.isGrowing, entry.changeMark) = (true, nil)
            result.counts.grew = (result.counts.grew ?? 0) + 1
        case .mixed:
            (entry.isUnstable, entry.changeMark) = (true, nil)
            result.problem(path, "it changed while it was read, each time: stored as read, perhaps of no single moment")
        }
        if try file.status().linkCount == 0 { result.note("\(path): removed while it was read; stored as it was") }
        result.counts.files += 1
        result.counts.bytes += look.stored.size
        progress.add(files: 1)
        if found.known?.isSame(as: entry) == true {
            result.counts.unchanged += 1
        } else {
            progress.change(found.known == nil ? .added : .changed, path.description)
        }
        // One that was put in its place is not what the other names stand for.
        guard let link = found.link, look.status.identity == found.walked.status.identity else { return result.append(entry) }
        result.pieces.append(.first(entry, link))
        result.entries += 1
    }

    /// What reading a file found.
    private struct Look {
        enum Consistency {
            /// Nothing changed meanwhile.
            case whole
            /// It only grew: what was there when it was opened reads the same twice.
            case prefix
            /// It changed otherwise.
            case mixed
        }

        let started: FileTime
        /// Of the moment that the content stands for.
        let status: FileStatus
        let stored: ContentWriter.Result
        var consistency = Consistency.whole
        var extents: [TreeEntry.DataExtent]?
    }

    /// The whole, the beginning of a file that grows, such as a log, or what changed each time.
    private static let looksMax = 3

    /// Reads a file as long as it is when it is opened; again if it changed meanwhile. Where it grew, the same part is read again:
    /// if that says the same, it was so when the file was opened, whatever has been appended since.
    private mutating func read(_ file: OpenFile, _ name: [UInt8], _ result: inout BackupResult) throws -> Look {
        var grown: Look?
        var looks = 0
        while true {
            looks += 1
            let started = FileTime.now()
            let before = try file.status()
            guard before.kind == .regular else { throw SystemError("read (it became something else)", path: name, code: EINVAL) }
            let extents = holes(of: file, before)
            let size = grown?.stored.size ?? before.size
            let stored = try store(file, bytes: size, &result)
            var after = try file.status()
            if before.sameContent(as: after), stored.size == before.size {
                guard try file.hasContent(at: size) else { return Look(started: started, status: after, stored: stored, extents: extents) }
                // Something was appended just now; or what it says of its size is not true.
                after = try file.status()
                if after.size <= size {
                    // All there is, and no promise that it is whole.
                    return Look(started: started, status: after, stored: try store(file, bytes: .max, &result), consistency: .mixed)
                }
            }
            if var grown, stored.digest == grown.stored.digest, after.size >= size {
                grown.consistency = .prefix
                return grown
            }
            let hasGrown = after.size > size && stored.size == size
            if looks == Self.looksMax || (looks > 1 && !hasGrown) {
                return Look(started: started, status: after, stored: stored, consistency: .mixed)
            }
            grown = hasGrown ? Look(started: started, status: before, stored: stored) : nil
        }
    }

    /// At most so many bytes from its beginning: what is appended meanwhile is the next backup's.
    private mutating func store(_ file: OpenFile, bytes limit: Int64, _ result: inout BackupResult) throws -> ContentWriter.Result {
        let progress = progress
        var rest = limit
        try file.seek(to: 0)
        let stored = try contents.store(expectedBytes: limit == .max ? 0 : limit, cancellation: cancellation) { buffer, start, count in
            if rest == 0 { return 0 }
            let length = try file.read(into: &buffer, at: start, count: Int(min(Int64(count), rest)))
            rest -= Int64(length)
            progress.add(bytes: length)
            return length
        }
        result.counts.newBytes += stored.newBytes
        return stored
    }

    /// Less than that may be missing of a file without holes, where a file system packs or compresses small ones.
    private static let missingBytesMin: Int64 = 64 << 10

    /// Where the data lies in a file that has holes; one stretch over all of it where the map would be too long, or where the file system
    /// does not tell.
    private func holes(of file: OpenFile, _ status: FileStatus) -> [TreeEntry.DataExtent]? {
        guard status.allocated < status.size else { return nil }
        let unlisted = [TreeEntry.DataExtent(offset: 0, length: status.size)]
        guard let extents = file.dataExtents(size: status.size, limit: Self.extentsMax) else { return unlisted }
        if extents.reduce(0, { $0 + $1.length }) == status.size {
            return status.size - status.allocated >= Self.missingBytesMin ? unlisted : nil
        }
        return extents.map { TreeEntry.DataExtent(offset: $0.offset, length: $0.length) }
    }

    /// Attributes that cannot be read are named; the entry stays, since others may lie beneath it.
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
        result.problem(entry.path, "its attributes cannot be stored: \(reason)")
    }

    private func describe(_ file: WalkedFile, _ path: TreePath, known: TreeEntry?, _ result: inout BackupResult) throws {
        let status = file.status
        let kind: TreeEntry.Kind =
            switch status.kind {
            case .symbolicLink: .symbolicLink(target: try file.parent.readLink(file.name))
            case .fifo: .fifo
            case .characterDevice: .characterDevice(major: status.deviceMajor, minor: status.deviceMinor)
            case .blockDevice: .blockDevice(major: status.deviceMajor, minor: status.deviceMinor)
            case .directory: .directory
            case .regular, .socket: throw Failure(.failed, "\(path) is not of metadata alone: this is a fault of the program")
            }
        var entry = TreeEntry(path: path, kind: kind, status: status, asOf: .now())
        addAttributes(to: &entry, &result) { () throws(SystemError) in
            if let directory = file.directory { return try directory.file.extendedAttributes() }
            return try file.parent.extendedAttributes(of: file.name)
        }
        result.append(entry)
        // The times of a directory change with what is in it, which is told.
        if kind != .directory, known?.isSame(as: entry) != true { progress.change(known == nil ? .added : .changed, path.description) }
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
    private mutating func store(_ command: Command, at path: TreePath, _ root: TreeEntry, _ result: inout BackupResult) throws {
        // A program whose output nobody takes any more would wait for ever.
        let stop = Cancellation(following: cancellation)
        let (reading, running) = try command.startWithPipe(
            under: .init(cancellation: stop) { [progress, name = root.path.description] in progress.tell(.output($0, of: name)) })
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
            result.failure = Failure(.failed, error.description)
            return
        }
        do { try running.wait() } catch let error as Failure where error.code == .failed {
            result.failure = error
            return
        }
        append(content, at: path, root, &result)
    }

    /// Stores what is read from an open file to its end, whole or not at all.
    private mutating func store(_ input: OpenFile, at path: TreePath, _ root: TreeEntry, _ result: inout BackupResult) throws {
        do {
            let content = try contents.store(expectedBytes: 0, cancellation: cancellation) {
                [progress, cancellation] buffer, start, count in
                while try !input.waitUntilReadable(milliseconds: 100) { try cancellation.check() }
                let length = try input.read(into: &buffer, at: start, count: count)
                progress.add(bytes: length)
                return length
            }
            append(content, at: path, root, &result)
        } catch let error as SystemError {
            result.failure = Failure(.failed, error.description)
        }
    }

    /// The one file of a dataset that a program wrote, and the directory it is in.
    private func append(_ content: ContentWriter.Result, at path: TreePath, _ root: TreeEntry, _ result: inout BackupResult) {
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
