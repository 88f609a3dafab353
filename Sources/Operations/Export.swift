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

    public struct Report: Sendable {
        public var paths = 0
        /// What a tarball cannot say, in sentences.
        public var notes: [String] = []
    }

    /// Writes to a file, which appears under its name only when it is whole and synced; or to standard output.
    public func run(to path: String?) throws -> Report {
        progress.begin("export", bytesTotal: Int(view.snapshot.record.datasets.reduce(0) { $0 + $1.bytes }))
        guard let path else { return try write(to: STDOUT_FILENO) }
        let temporary = "\(path).partial-\(getpid())"
        let file = try OpenFile.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        do {
            let report = try write(to: file.descriptor)
            try file.sync()
            guard rename(temporary, path) == 0 else { throw SystemError("rename to", path: path, code: errno) }
            try Directory.open(path.lastIndex(of: "/").map { "\(path[...$0])" } ?? ".").file.sync()
            return report
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private func write(to descriptor: Int32) throws -> Report {
        let writer = try PaxWriter(descriptor: descriptor, threads: Crew.size)
        var report = Report()
        try view.entries { entry in
            report.paths += 1
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
            report.notes.append(
                "\(writer.roundedTimes) times before 1970 are without their fractions of a second: programs do not agree how to read those")
        }
        if writer.omittedAttributes > 0 {
            report.notes.append(
                "\(writer.omittedAttributes) extended attributes have a = in their name and are left out: tar cannot hold them")
        }
        return report
    }
}
