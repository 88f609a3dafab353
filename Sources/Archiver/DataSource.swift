package import Commands
public import Core
package import FileTree
package import Vault

/// A directory to be archived.
public struct DirectorySource: Sendable {
    public var path: String
    public var exclude: [Glob]
    /// Leaves out what is in directories that a CACHEDIR.TAG marks as caches.
    public var excludeCaches: Bool
    public var oneFileSystem: Bool
    /// Leaves out what is in directories that hold something of one of these names.
    public var excludeIfPresent: [String] = []
    /// Leaves out files of more bytes.
    public var excludeLargerThan: Int64?
    /// Only these of what is in it; nil for all.
    public var selection: PathSelection?
    /// What the record says it was read from, where that is not the path.
    public var label: String?
    public var change: ChangeDetection

    public init(
        path: String, exclude: [Glob] = [], excludeCaches: Bool = false, oneFileSystem: Bool = false, change: ChangeDetection = .times
    ) {
        self.path = path
        self.exclude = exclude
        self.excludeCaches = excludeCaches
        self.oneFileSystem = oneFileSystem
        self.change = change
    }
}

/// How a backup knows what has changed since the last.
public enum ChangeDetection: Sendable, Equatable {
    /// By times, size and inode.
    case times
    /// By reading all of it, every so many nights: 1 is each.
    case content(nights: Int)
}

/// A dataset of a backup with what it needs to be read.
package struct DataSource {
    package enum Content {
        case directory(DirectorySource)
        case command(Command, file: String)
        /// What is read from an open file, a pipe perhaps, to its end.
        case input(OpenFile, file: String)
        case files(FileSet)
    }

    package let name: String
    /// Where it comes from, for the record.
    package let origin: String
    package let content: Content
    package var preparation = Preparation()
    /// Nil: nothing is expected of it.
    package var expect: Expectation?
    /// Whether every file is to be read, whatever its times say.
    package var readsAll = false

    package init(_ name: String, from origin: String, _ content: Content) {
        (self.name, self.origin, self.content) = (name, origin, content)
    }

    package var record: SnapshotRecord.Dataset {
        var dataset = SnapshotRecord.Dataset(name: name, source: origin)
        if readsAll { dataset.readsAll = true }
        if case .directory(let directory) = content, directory.selection != nil { dataset.root = directory.path }
        return dataset
    }

    /// Whether it is what a program writes.
    package var isOutput: Bool {
        switch content {
        case .command, .input: true
        case .directory, .files: false
        }
    }
}

extension DataSource {
    /// Where times do not show every change. A source that is gone by now was read before.
    package func noteOnTimes() -> String? {
        guard case .directory(let directory) = content, !readsAll else { return nil }
        let advice = "`change: content` in the policy reads all of it each time"
        let kind: FileSystemKind
        do throws(SystemError) { kind = try Directory.open(directory.path).fileSystemKind() } catch { return nil }
        switch kind {
        case .memory: return "\(name) lies in memory, where a write through a mapping moves no time: \(advice)"
        case .network: return "\(name) lies on a network file system, whose times are another machine's: \(advice)"
        case .local, .pseudo: return nil
        }
    }
}
