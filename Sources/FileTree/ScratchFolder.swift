import Core
import Glibc

/// A directory of its own in a temporary place, into which nobody else may look, and which goes with the run.
///
/// Locked as long as the run lives. One that nobody holds was left by a run that was killed, with all that was restored into it in clear: the
/// next run that comes by removes it.
package final class ScratchFolder: Sendable {
    /// What it is for, as its name says.
    package enum Use: String, CaseIterable {
        case drill, work

        package var prefix: String { "rekindle-\(rawValue)-" }
    }

    package let path: String
    private let parent: Directory
    private let name: [UInt8]
    /// Holds the lock.
    private let folder: Directory

    /// For the owner alone; and the sticky bit, which nobody sets on such a directory, says that it is one of these.
    private static let mode: UInt16 = 0o1700
    /// Others may go through it, to what is theirs in it, and see no names.
    private static let passableMode: UInt16 = 0o1711

    /// - Parameter isPassable: whether programs of other users work in it.
    package init(_ use: Use, in place: String, isPassable: Bool = false) throws {
        let parent = try Directory.open(place)
        var name: [UInt8] = []
        while true {
            name = Array("\(use.prefix)\(String(UInt32.random(in: .min ... .max), radix: 36))".utf8)
            do throws(SystemError) {
                try parent.makeDirectory(name)
                break
            } catch { if error.code != EEXIST { throw error } }
        }
        folder = try parent.openDirectory(name)
        // Locked before it can be known for one: a run that comes by now finds it held.
        _ = flock(folder.file.descriptor, LOCK_EX | LOCK_NB)
        try folder.file.setMode(isPassable ? Self.passableMode : Self.mode)
        path = "\(place)/\(String(decoding: name, as: UTF8.self))"
        self.name = name
        self.parent = parent
    }

    /// A folder in it, for its owner alone.
    package func makeFolder(_ name: String) throws -> String {
        try folder.makeDirectory(Array(name.utf8))
        return "\(path)/\(name)"
    }

    package static func isOne(_ name: [UInt8], _ status: FileStatus) -> Bool {
        status.kind == .directory && [mode, passableMode].contains(status.mode)
            && Use.allCases.contains { name.starts(with: $0.prefix.utf8) }
    }

    /// Removes it with all that is in it; returns what was not possible, as a sentence.
    package func remove() -> String? { Self.remove(name, in: parent, path: path) }

    /// Removes what killed runs left in a place, and says so, a sentence each. What belongs to others is left alone.
    package static func removeLeftovers(in place: String) -> [String] {
        do throws(SystemError) {
            let parent = try Directory.open(place)
            var sentences: [String] = []
            for name in try parent.names() where Use.allCases.contains(where: { name.starts(with: $0.prefix.utf8) }) {
                guard let status = try parent.statusIfPresent(of: name), isOne(name, status), status.owner == UInt32(Owner.user) else {
                    continue
                }
                let folder = try parent.openDirectory(name)
                guard flock(folder.file.descriptor, LOCK_EX | LOCK_NB) == 0 else { continue }
                let path = PathText.text(parent.path(of: name))
                sentences.append(remove(name, in: parent, path: path) ?? "\(path), left by a run that was killed, is removed")
            }
            return sentences
        } catch {
            return ["what killed runs may have left in \(place) cannot be looked for: \(error)"]
        }
    }

    private static func remove(_ name: [UInt8], in parent: Directory, path: String) -> String? {
        do throws(SystemError) {
            // Who is not root cannot empty a directory that was restored without the right to write.
            // It keeps its own mode, by which the next run knows it, should this one be killed.
            if !Owner.isRoot { try open(name, in: parent, mode: Self.mode) }
            let removal = try Removal.remove(name, in: parent)
            return removal.isPartial ? "The scratch directory \(path) could not be removed whole: something is mounted in it." : nil
        } catch { return "The scratch directory \(path) could not be removed: \(error)." }
    }

    /// Gives us every right to a directory and to those beneath it.
    private static func open(_ name: [UInt8], in parent: Directory, mode: UInt16 = 0o700) throws(SystemError) {
        try parent.setMode(of: name, mode)
        let directory = try parent.openDirectory(name)
        for name in try directory.names() where try directory.status(of: name).kind == .directory { try open(name, in: directory) }
    }
}
