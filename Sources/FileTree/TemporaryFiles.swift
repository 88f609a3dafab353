import CLinux
public import Core
import Glibc

/// Files that are being made, under names of their own beside the ones that they are to get.
///
/// Each is locked as long as its maker lives and has it open. One that nobody holds was left by a run that was killed: the next run that
/// comes by removes it, and no backup has it.
public enum TemporaryFiles {
    private static let prefix = ".rekindle-"
    private static let digits = 24

    /// One that nobody has.
    public static func name() -> [UInt8] {
        let number = [UInt64.random(in: .min ... .max), .random(in: .min ... .max)].map { number in
            let text = String(number, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        return Array("\(prefix)\(number.prefix(digits))".utf8)
    }

    /// Whether a name is one of these.
    public static func isTemporary(_ name: [UInt8]) -> Bool {
        let rest = name.dropFirst(prefix.utf8.count)
        return name.starts(with: prefix.utf8) && rest.count >= digits
            && (rest.count == digits || rest.dropFirst(digits).elementsEqual(probe))
            && rest.prefix(digits).allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }

    /// Ends the name of a file that is made to see which names a file system takes for one.
    fileprivate static let probe = Array("\u{E9}".utf8)

    /// Temporary files of killed runs.
    public struct Leftovers: Sendable {
        public fileprivate(set) var removed = 0
        /// Those that could not be removed.
        public fileprivate(set) var failures: [SystemError] = []
    }
}

extension Directory {
    /// Makes a file under a temporary name, for reading and writing.
    public func makeTemporaryFile(mode: UInt32 = 0o600) throws(SystemError) -> (name: [UInt8], file: OpenFile) {
        while true {
            let name = TemporaryFiles.name()
            let file = try open(name, O_RDWR | O_CREAT | O_EXCL, mode: mode)
            // Where a file system has no locks nobody can tell a leftover, and none is removed.
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else { return (name, file) }
            // Another run may have come by before the lock.
            if try statusIfPresent(of: name)?.identity == file.status().identity { return (name, file) }
        }
    }

    /// Whether the file system takes names for one that differ in case or in the form of their letters; found out by making a file. The
    /// directory keeps its time.
    public func foldsNames() -> Bool {
        let plain = TemporaryFiles.name()
        let upperCase = Array(String(decoding: plain, as: UTF8.self).uppercased().utf8)
        // One at a time: some fold the letters of ASCII alone, and some cannot hold another.
        return folds(
            plain + TemporaryFiles.probe, [upperCase + TemporaryFiles.probe, plain + Array("É".utf8), plain + Array("e\u{301}".utf8)])
            ?? folds(plain, [upperCase]) ?? false
    }

    /// Whether a file made under the name is found under one of the others; nil where it cannot be made.
    private func folds(_ name: [UInt8], _ others: [[UInt8]]) -> Bool? {
        do throws(SystemError) {
            let before = try file.status().modified
            _ = try open(name, O_RDWR | O_CREAT | O_EXCL)
            let isFound = others.contains { other in
                do throws(SystemError) { return try statusIfPresent(of: other) != nil } catch { return false }
            }
            try removeFile(name)
            try file.setModified(before)
            return isFound
        } catch { return nil }
    }

    /// Whether this directory is one that takes names for one on a file system where others do not.
    public var hasFoldingFlag: Bool { rekindle_has_folding_flag(file.descriptor) != 0 }

    /// Removes what killed runs left among these names of the directory.
    public func removeLeftovers(among names: NameList) -> TemporaryFiles.Leftovers {
        var leftovers = TemporaryFiles.Leftovers()
        for name in names where TemporaryFiles.isTemporary(name) {
            do throws(SystemError) {
                guard try isLeftover(name) else { continue }
                try removeFile(name)
                leftovers.removed += 1
            } catch {
                if !error.isNotFound { leftovers.failures.append(error) }
            }
        }
        return leftovers
    }

    /// A link or a node has no lock, and gets its own name within a moment: whoever takes it away in between makes that fail.
    private func isLeftover(_ name: [UInt8]) throws(SystemError) -> Bool {
        switch try status(of: name).kind {
        case .directory: return false
        case .regular:
            let file = try open(name, O_RDONLY | O_NONBLOCK)
            return flock(file.descriptor, LOCK_EX | LOCK_NB) == 0
        default: return true
        }
    }
}
