public import Core
import FileTree
import Glibc
import Tarball
public import Vault

/// A snapshot as a plain tarball with real names, for any program that reads tar.
public struct Export {
    private let view: SnapshotView
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ view: SnapshotView, progress: Progress, cancellation: Cancellation) {
        self.view = view
        self.progress = progress
        self.cancellation = cancellation
    }

    public struct Report: Sendable, Encodable {
        /// What was exported.
        public let snapshot: Snapshot
        /// nil for standard output.
        public let file: String?
        /// How many there are in the tarball.
        public var paths = 0
        /// Metadata that a tarball cannot hold.
        public var findings = Findings()

        /// As lines for people.
        public var notes: [String] { findings.notes }
    }

    /// Writes to a file, as `OutputFile` does; or to standard output.
    public func run(to path: String?) throws -> Report {
        progress.begin("export", bytesTotal: Int(view.snapshot.record.datasets.reduce(0) { $0 + $1.bytes }))
        var report = Report(snapshot: view.snapshot, file: path)
        guard let path else {
            try write(to: STDOUT_FILENO, &report)
            return report
        }
        // It has what only the owners of files may read.
        try OutputFile(path, mode: 0o600, cancellation: cancellation).write { try write(to: $0.descriptor, &report) }
        return report
    }

    /// Where the data lies in a file with more holes than were kept: the header of a tarball must say it before the data comes.
    private func dataMap(of entry: TreeEntry) throws -> [TreeEntry.DataExtent] {
        var map = DataMap()
        try view.read(entry) { bytes in
            map.add(bytes)
            try cancellation.check()
        }
        return map.extents
    }

    private func write(to descriptor: Int32, _ report: inout Report) throws {
        // One compresses while this one reads: each takes some 20 MiB of libzstd's.
        let writer = try PaxWriter(descriptor: descriptor, threads: 1)
        try view.entries { entry in
            report.paths += 1
            var entry = entry
            if entry.hasUnlistedHoles, entry.hardLink == nil { entry.dataExtents = try dataMap(of: entry) }
            try writer.append(entry) { writer in
                try view.read(entry) { bytes in
                    try writer.write(bytes)
                    progress.add(bytes: bytes.byteCount)
                    try cancellation.check()
                }
            }
            progress.add(files: 1)
            try cancellation.check()
        }
        try writer.close()
        if writer.roundedTimes > 0 {
            report.findings.note(
                "\(writer.roundedTimes) times before 1970 are without their fractions of a second: programs do not agree how to read those")
        }
        if writer.omittedAttributes > 0 {
            report.findings.note(
                "\(writer.omittedAttributes) extended attributes have a = in their name and are left out: tar cannot hold them")
        }
    }
}
