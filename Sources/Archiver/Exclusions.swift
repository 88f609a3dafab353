package import Core
package import FileTree
import Glibc

/// The source is the vault.
package struct SourceRefusal: Error, CustomStringConvertible {
    package let description =
        "it is the vault itself, or lies in it: a vault is never backed up into itself. Name another directory, or another vault"
}

/// What the scan of a directory leaves out: what patterns name, caches, the vault itself, what the kernel makes up, and what runs that were
/// killed left behind.
///
/// Not Sendable: a scan is used by one thread at a time.
package final class Exclusions {
    private let source: DirectorySource
    private let sourceComponents: [[UInt8]]
    private let dataset: [UInt8]
    private let vault: Set<FileIdentity>
    private let rootDevice: UInt64
    private var patterns: PatternUse
    /// Of the selection, what was met.
    private var met: Set<Int> = []
    /// What was left out for its size, or for a mark in it.
    package private(set) var leftOut: Int64 = 0
    /// The kinds of the file systems that were met, by device; nil for those that hold data.
    private var kinds: [UInt64: String?] = [:]

    /// - Parameters:
    ///   - dataset: its name, by which patterns may begin.
    ///   - vault: the directories that are the vault's own.
    package init(_ source: DirectorySource, dataset: [UInt8], root: Directory, vault: Set<FileIdentity>) throws {
        self.source = source
        self.dataset = dataset
        self.vault = vault
        sourceComponents = PlacedPath.components(PathText.bytes(source.path))
        patterns = PatternUse(source.exclude)
        rootDevice = try root.file.status().identity.device
        if try Self.isWithin(root, vault) { throw SourceRefusal() }
    }

    package var unused: [Glob] { patterns.unused }

    /// Whether the path is in no backup.
    ///
    /// - Parameter path: from the source's directory on; empty for that itself, which is never left out.
    package func leavesOut(_ path: [UInt8]) -> Bool {
        if path.isEmpty { return false }
        switch source.selection?.relation(of: path) {
        case .outside: return true
        case .chosen(let number): met.insert(number)
        case .above, .beneath, nil: break
        }
        if patterns.patterns.isEmpty { return false }
        let placed = PlacedPath(dataset + [UInt8(ascii: "/")] + path, source: sourceComponents)
        return patterns.last(covering: placed, above: 1).map { !$0.isNegated } ?? false
    }

    /// What was asked for by its path, and is not there.
    package var unmet: [[UInt8]] {
        guard let selection = source.selection else { return [] }
        return (0..<selection.count).filter { !met.contains($0) }.map { selection[$0] }
    }

    /// Why a file stays out of the backup; nil where it does not.
    package func reasonToLeaveOut(_ file: WalkedFile) -> String? {
        guard let limit = source.excludeLargerThan, file.status.kind == .regular, file.status.size > limit else { return nil }
        leftOut += 1
        return "larger than \(limit) bytes; left out"
    }

    /// Why what is in a directory stays out of the backup, which then has it empty; an empty text where nobody reports it, nil where
    /// it is to be walked.
    package func reasonToStayOut(of directory: Directory, _ name: [UInt8], _ status: FileStatus) -> String? {
        if vault.contains(status.identity) { return "the vault itself; what is in it is left out" }
        if ScratchFolder.isOne(name, status) {
            return "what a drill restored; it goes with the drill, or with the next; what is in it is left out"
        }
        if let kind = kernelFileSystem(of: directory, status) {
            return "a file system that the kernel makes up (\(kind)); what is in it is left out"
        }
        if source.excludeCaches, Self.isCache(directory) { return "" }
        guard let mark = source.excludeIfPresent.first(where: { Self.has($0, in: directory) }) else { return nil }
        leftOut += 1
        return "it holds \(mark); what is in it is left out"
    }

    /// One that was asked for by name is no mistake: the root's own file system is never left out.
    package func kernelFileSystem(of directory: Directory, _ status: FileStatus) -> String? {
        let device = status.identity.device
        if device == rootDevice { return nil }
        if let known = kinds[device] { return known }
        // One that does not tell what it is holds data, for all that is known.
        let kind: String?
        do throws(SystemError) { kind = try directory.kernelFileSystem() } catch { kind = nil }
        kinds[device] = .some(kind)
        return kind
    }

    private static let depthMax = 4096

    /// Whether a directory is one of these or lies beneath one, by whatever path it was reached.
    private static func isWithin(_ directory: Directory, _ others: Set<FileIdentity>) throws(SystemError) -> Bool {
        if others.isEmpty { return false }
        var directory = directory
        var last: FileIdentity?
        for _ in 0..<depthMax {
            let identity = try directory.file.status().identity
            if others.contains(identity) { return true }
            if identity == last { return false }
            last = identity
            do throws(SystemError) { directory = try directory.openParent() } catch {
                // What may not be looked at is not found to be the vault; what is in it is compared as well.
                return false
            }
        }
        return false
    }

    /// What cannot be looked for is not there: then the directory is read, and whatever is wrong with it is named.
    private static func has(_ name: String, in directory: Directory) -> Bool {
        do throws(SystemError) { return try directory.statusIfPresent(of: PathText.bytes(name)) != nil } catch { return false }
    }

    /// Source: the Cache Directory Tagging Specification, bford.info/cachedir.
    private static func isCache(_ directory: Directory) -> Bool {
        let signature = "Signature: 8a477f597d28d172789f06886806bc55"
        do {
            // Not to be held up by a FIFO of that name.
            let tag = try directory.open(Array("CACHEDIR.TAG".utf8), O_RDONLY | O_NONBLOCK | O_NOCTTY)
            return try tag.status().kind == .regular && tag.read(at: 0, count: signature.utf8.count).elementsEqual(signature.utf8)
        } catch {
            return false
        }
    }
}
