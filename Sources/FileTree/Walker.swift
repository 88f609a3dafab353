public import Core
import Glibc

/// One thing that a walk came upon.
public struct WalkedFile: Sendable {
    /// Path from the root of the walk, components joined by `/`; empty for the root itself.
    public let path: [UInt8]
    /// In its directory.
    public let name: [UInt8]
    /// The directory that holds it; for the root, the root itself.
    public let parent: Directory
    /// As it was when it was listed.
    public let status: FileStatus
    /// The directory itself, when it is one and could be opened.
    public let directory: Directory?
}

/// What a walk comes upon, in path order.
public enum WalkEvent: Sendable {
    case file(WalkedFile)
    /// Could not be examined or listed: everything beneath is missing from the walk. `ENOENT`: it is listed still, and not to be had.
    case failed(path: [UInt8], SystemError)
    /// It was listed, and is not there any more.
    case removed(path: [UInt8])
}

/// Walks a directory tree in path order: a directory before its children, names by bytes.
///
/// It holds open the last few directories of the way down only; a parent that was closed is opened again through `..`
/// and must be the same directory as before. So the depth of a tree is bounded by memory, not by descriptors.
public struct Walker: ~Copyable {
    private struct Level {
        let path: [UInt8]
        let identity: FileIdentity
        var directory: Directory?
        let names: NameList
        var next = 0
        /// Why the directory could not be opened again.
        var failure: SystemError?
    }

    private static let openLevelsMax = 32

    private var levels: [Level]
    private var pendingRoot: WalkedFile?
    private let rootDevice: UInt64?
    private var relisting = Relisting()

    /// Lists the root; one that cannot be listed is an error, and no empty walk.
    ///
    /// - Parameter oneFileSystem: leaves out directories that lie on another device than the root.
    public init(root: Directory, oneFileSystem: Bool) throws(SystemError) {
        let status = try root.file.status()
        levels = [Level(path: [], identity: status.identity, directory: root, names: try root.names())]
        pendingRoot = WalkedFile(path: [], name: [], parent: root, status: status, directory: root)
        rootDevice = oneFileSystem ? status.identity.device : nil
    }

    /// The next thing in path order, or nil at the end.
    ///
    /// - Parameters:
    ///   - skip: is asked for each path but the root before anything is asked of it: what is skipped may be unreadable.
    ///   - descend: is asked for each directory but the root before it is entered.
    public mutating func next(skip: ([UInt8]) -> Bool = { _ in false }, descend: (WalkedFile) -> Bool) -> WalkEvent? {
        if let root = pendingRoot {
            pendingRoot = nil
            return .file(root)
        }
        while let last = levels.indices.last {
            guard levels[last].next < levels[last].names.count else {
                leave(levels.removeLast())
                continue
            }
            let name = levels[last].names[levels[last].next]
            levels[last].next += 1
            let above = levels[last].path
            guard let parent = levels[last].directory else {
                let failure = levels[last].failure ?? SystemError("return to (it was moved meanwhile)", path: above, code: ESTALE)
                levels.removeLast()
                return .failed(path: above, failure)
            }
            let path = above.isEmpty ? name : above + [UInt8(ascii: "/")] + name
            if skip(path) { continue }
            return visit(name, at: path, in: parent, descend)
        }
        return nil
    }

    private mutating func visit(
        _ name: [UInt8], at path: [UInt8], in parent: Directory, _ descend: (WalkedFile) -> Bool
    ) -> WalkEvent {
        var relisting = relisting
        defer { self.relisting = relisting }
        do throws(SystemError) {
            let file = try relisting.attempt(name, in: parent) { () throws(SystemError) in try examine(name, at: path, in: parent, descend)
            }
            return file.map { .file($0) } ?? .removed(path: path)
        } catch {
            return .failed(path: path, error)
        }
    }

    /// Looks at a name, and enters it if it is a directory that is asked for.
    private mutating func examine(
        _ name: [UInt8], at path: [UInt8], in parent: Directory, _ descend: (WalkedFile) -> Bool
    ) throws(SystemError) -> WalkedFile {
        let status = try parent.status(of: name)
        guard status.kind == .directory else {
            return WalkedFile(path: path, name: name, parent: parent, status: status, directory: nil)
        }
        let directory = try parent.openDirectory(name)
        let found = WalkedFile(path: path, name: name, parent: parent, status: try directory.file.status(), directory: directory)
        if rootDevice == nil || rootDevice == status.identity.device, descend(found) { try enter(found, directory) }
        return found
    }

    private mutating func enter(_ found: WalkedFile, _ directory: Directory) throws(SystemError) {
        let names = try directory.names()
        levels.append(Level(path: found.path, identity: found.status.identity, directory: directory, names: names))
        let closing = levels.count - Self.openLevelsMax - 1
        if closing > 0 { levels[closing].directory = nil }
    }

    /// Opens the parent again if it was closed on the way down.
    private mutating func leave(_ child: Level) {
        guard let last = levels.indices.last, levels[last].directory == nil, let directory = child.directory else { return }
        do {
            let parent = try directory.openParent()
            if try parent.file.status().identity == levels[last].identity { levels[last].directory = parent }
        } catch {
            // Reported by `next`, which finds the directory missing. That is never a file that was merely removed.
            levels[last].failure = SystemError(error.operation, path: levels[last].path, code: error.isNotFound ? ESTALE : error.code)
        }
    }
}
