package import Core
import FileTree
import Tarball
package import Vault

/// Stores datasets one after the other with all cores: some threads scan and read, and those that wait compress.
package final class Archiver {
    private let vault: Vault
    private let reader: BlobReader
    private let writer: VaultWriter
    private let tree: Monitor<TreeWriter>
    private let parent: ParentTree
    private let progress: Progress
    private let cancellation: Cancellation
    /// By number of the thread: buffers and codecs live as long as the backup.
    private let readings: [Monitor<FileReading>]

    /// - Parameters:
    ///   - reader: of an index for writing; its cancellation stops the archiver too.
    ///   - settling: the seconds that a file must not have changed for before its times are believed.
    package init(_ vault: Vault, _ reader: BlobReader, parent: ParentTree, settling: Int64, progress: Progress) throws {
        self.vault = vault
        self.reader = reader
        self.parent = parent
        self.progress = progress
        let cancellation = reader.cancellation
        self.cancellation = cancellation
        let writer = VaultWriter(store: vault.store, index: reader.index, cancellation: cancellation)
        self.writer = writer
        tree = Monitor(TreeWriter(writer, chunking: vault.header.chunking))
        readings = try (0..<Crew.size).map { _ in
            let worker = try VaultWriter.Worker(writer)
            let contents = ContentWriter(writer, worker: worker, chunking: vault.header.chunking)
            return Monitor(
                FileReading(worker: worker, contents: contents, progress: progress, cancellation: cancellation, settling: settling))
        }
    }

    package var storedBytes: Int { writer.storedBytes }

    /// Which excludes matched nothing, of all that was stored so far.
    package var unusedExcludes: [String] { excludes.notes }

    private var excludes = ExcludeUse()

    /// One pattern may be for several datasets, and need not match in each.
    private struct ExcludeUse {
        private var unused: [String: Glob] = [:]
        private var used: Set<String> = []
        private var order: [String] = []

        mutating func add(_ source: DataSource, _ unused: [Glob]) {
            guard case .directory(let directory) = source.content else { return }
            let texts = Set(unused.map(\.text))
            for glob in directory.exclude {
                if self.unused.updateValue(glob, forKey: glob.text) == nil { order.append(glob.text) }
                if !texts.contains(glob.text) { used.insert(glob.text) }
            }
        }

        var notes: [String] { order.filter { !used.contains($0) }.compactMap { unused[$0]?.asUnused } }
    }

    /// Stores a small document that the record names; returns its blob.
    package func store(document: [UInt8]) throws -> String { try writer.addDocument(document).hex }

    /// Makes everything durable and ends the tree.
    package func finish() throws -> TreeWriter.Result {
        for reading in readings { try reading.withLock { try $0.worker.flush() } }
        for reading in readings { try reading.withLock { try $0.worker.help { true } } }
        let result = try tree.withLock { try $0.finish() }
        try writer.close()
        return result
    }

    /// Stores one dataset. What could not be read of it is named in the findings; one of which nothing could be has failed.
    package func store(_ source: DataSource, _ findings: inout Findings) throws -> StoredDataset {
        guard let batches = try open(source, &findings) else { return StoredDataset(failed: source) }
        let shared = Monitor(Batches(source: batches))
        let assembly = TreeAssembly(tree, dataset: source.record, firsts: linkTable())
        try runCrew(shared, assembly, source.record)
        excludes.add(source, shared.withLock { $0.source.unusedExcludes })
        let unmet = shared.withLock { $0.source.unmet }
        if let damage = parent.damage { findings.note("the parent's tree is damaged (\(damage)): what follows was read anew") }
        var (stored, found, failure) = assembly.finish()
        findings.add(found)
        if let failure {
            findings.problem(source.name, failure.message, output: failure.output)
            return StoredDataset(failed: source, entries: stored.entries)
        }
        stored.dataset.add(shared.withLock { $0.source.counts })
        Self.name(unmet, in: &stored.dataset, &findings)
        stored.dataset.outcome = stored.dataset.unreadable > 0 ? .partial : .complete
        if stored.dataset.unchanged > 0, let note = source.noteOnTimes() { findings.note(note) }
        return stored
    }

    /// A dry run: what would be read and what carried over, by looking at names and times only.
    package func count(_ source: DataSource, _ findings: inout Findings) throws -> SnapshotRecord.Dataset {
        var dataset = source.record
        switch source.content {
        case .command, .input, .files: findings.note("\(source.name): its size is known only when it is made")
        case .directory:
            guard var batches = try open(source, &findings) else { return StoredDataset(failed: source).dataset }
            while case let items = try batches.next(), !items.isEmpty {
                try cancellation.check()
                for case .metadata(let file, let path, let known) in items where file.status.kind != .directory {
                    progress.change(known == nil ? .added : .changed, path.description)
                }
                for case .file(let file, let path, _, let known) in items {
                    progress.change(known == nil ? .added : .changed, path.description)
                    dataset.files += 1
                    dataset.bytes += file.status.size
                    dataset.newBytes += file.status.size
                }
                for case .failed(let path, let error) in items { findings.problem(path.description, "\(error)") }
            }
            dataset.add(batches.counts)
            Self.name(batches.unmet, in: &dataset, &findings)
            excludes.add(source, batches.unusedExcludes)
        }
        return dataset
    }

    /// What was asked for by its path and has not come is missing.
    private static func name(_ unmet: [String], in dataset: inout SnapshotRecord.Dataset, _ findings: inout Findings) {
        for path in unmet { findings.problem(path, "it is not there, or is left out") }
        dataset.unreadable += Int64(unmet.count)
    }

    private func linkTable() -> SpillTable {
        let cache = reader.index.cache
        return SpillTable { try cache.temporaryFile() }
    }

    private struct Batches {
        var source: any BatchSource
        var number = 0
        var isFinished = false
        var busy = Crew.size
    }

    private func runCrew(_ shared: Monitor<Batches>, _ assembly: TreeAssembly, _ record: SnapshotRecord.Dataset) throws {
        let (writer, readings, cancellation) = (writer, readings, cancellation)
        let failed = Cancellation()
        try Crew.run { number in
            do {
                defer {
                    shared.withLock { $0.busy -= 1 }
                    writer.wake()
                }
                do {
                    while let batch = try Self.take(shared, cancellation, failed) {
                        try readings[number].withLock { reading in
                            var result = BackupResult(
                                number: batch.number, counts: SnapshotRecord.Dataset(name: record.name, source: record.source))
                            for item in batch.items { try reading.handle(item, into: &result) }
                            try assembly.add(result)
                            writer.wake()
                            try reading.worker.help { assembly.hasRoom || failed.isCancelled || cancellation.isCancelled }
                        }
                    }
                } catch {
                    failed.cancel()
                    throw error
                }
            }
            try readings[number].withLock { reading in
                try reading.worker.help { shared.withLock { $0.busy <= 0 } || failed.isCancelled }
            }
        }
    }

    private static func take(_ shared: Monitor<Batches>, _ cancellation: Cancellation, _ failed: Cancellation) throws -> BackupBatch? {
        try cancellation.check()
        if failed.isCancelled { return nil }
        return try shared.withLock { batches in
            if batches.isFinished { return nil }
            let items = try batches.source.next()
            batches.isFinished = items.isEmpty
            defer { batches.number += 1 }
            return items.isEmpty ? nil : BackupBatch(number: batches.number, items: items)
        }
    }

    private static func path(of file: String, in top: TreePath) throws -> TreePath {
        guard let path = top.appending(Array(file.utf8)) else { throw Failure(.usage, "\(file) cannot name a file") }
        return path
    }

    private static func root(_ top: TreePath, _ owner: (UInt32, UInt32)) -> TreeEntry {
        TreeEntry(path: top, kind: .directory, mode: 0o755, owner: owner.0, group: owner.1, modified: .init(.now()))
    }

    /// Nil when the source is not there or cannot be opened: the dataset has then failed.
    private func open(_ source: DataSource, _ findings: inout Findings) throws -> sending (any BatchSource)? {
        guard let top = TreePath(source.name) else { throw Failure(.usage, "\(source.name) cannot name a dataset") }
        let owner = (UInt32(Owner.user), UInt32(Owner.group))
        switch source.content {
        case .directory(let directory):
            do {
                let isSame = parent.record?.datasets.contains { $0.name == source.name && $0.source == source.origin } ?? false
                return try DirectoryScan(
                    source.record, source: directory, parent: isSame ? parent : try ParentTree(nil, reader), vault: vault.identities(),
                    links: linkTable())
            } catch  where error is SystemError || error is SourceRefusal {
                findings.problem(source.name, "\(error)")
                return nil
            }
        case .command(let command, let file):
            return OutputSource(source.record, .command(command, try Self.path(of: file, in: top), Self.root(top, owner)))
        case .input(let input, let file):
            return OutputSource(source.record, .input(input, try Self.path(of: file, in: top), Self.root(top, owner)))
        case .files(let set): return FileSetSource(source.record, top: top, set, owner: owner)
        }
    }
}
