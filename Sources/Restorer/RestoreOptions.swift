public import Core

/// Which part of a snapshot to bring back, where to, and how to treat files that exist.
public struct RestoreOptions: Sendable {
    /// What happens to files that are there already.
    public enum Overwrite: String, Sendable, CaseIterable {
        /// Every file is written again.
        case always
        /// Files that are identical are left alone.
        case changed
        /// Whatever is there stays; only what is missing is written.
        case never
    }

    public enum Target: Sendable, Equatable {
        /// Datasets become folders of this directory.
        case directory(String)
        /// Each dataset goes back to the directory that it came from.
        case origin
    }

    public var target: Target
    public var filter = PathFilter()
    public var overwrite = Overwrite.changed
    /// Removes what the snapshot does not have from the directories that it restores.
    public var deletes = false
    public var isDryRun = false

    public init(target: Target) { self.target = target }
}
