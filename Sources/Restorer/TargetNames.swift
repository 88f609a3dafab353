import Core
package import FileTree
import Tarball
import Vault

/// Two names of a snapshot that are one place on the target.
package struct NameCollision: Error, CustomStringConvertible {
    package let other: [UInt8]

    package var description: String {
        "the target's file system takes its name and \(PathText.text(other)) for one, and has \(PathText.text(other)) there: restore it to "
            + "another directory with --include"
    }
}

/// The names in a directory of a file system that takes for one those that differ in case or form only: there the second of two
/// must not replace the first.
///
/// All that puts something in its place does it under this lock.
package final class TargetNames: Sendable {
    private struct Names {
        var byIdentity: [FileIdentity: [UInt8]] = [:]
        /// By the name without case; as keys of a dictionary the forms of a letter are one.
        var byFoldedName: [String: [UInt8]] = [:]
    }

    private let names = Monitor(Names())

    package func check(_ name: [UInt8], in directory: Directory, isLink: Bool) throws {
        try names.withLock { try Self.check($0, name, in: directory, isLink: isLink) }
    }

    private static func check(_ names: Names, _ name: [UInt8], in directory: Directory, isLink: Bool) throws {
        guard let present = try directory.statusIfPresent(of: name)?.identity else { return }
        if !isLink, let other = names.byIdentity[present], other != name { throw NameCollision(other: other) }
        // Some file systems keep apart what others do not, and some give a file another number each time.
        guard let other = names.byFoldedName[fold(name)], other != name else { return }
        if try directory.statusIfPresent(of: other)?.identity == present, try !isLinked(name, other, in: directory) {
            throw NameCollision(other: other)
        }
    }

    /// Whether both are names of one file, each of its own.
    private static func isLinked(_ name: [UInt8], _ other: [UInt8], in directory: Directory) throws -> Bool {
        guard try directory.status(of: name).linkCount > 1 else { return false }
        let names = try directory.names()
        return names.contains(name) && names.contains(other)
    }

    package static func fold(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self).lowercased() }

    /// Notes that `name` is there, of this restore; an error if the place is another name's.
    ///
    /// - Parameters:
    ///   - isLink: the same file may then have other names.
    ///   - put: puts it there, and says what it is.
    package func claim(_ name: [UInt8], in directory: Directory, isLink: Bool = false, _ put: () throws -> FileIdentity) throws {
        try names.withLock { names in
            try Self.check(names, name, in: directory, isLink: isLink)
            let identity = try put()
            names.byIdentity[identity] = name
            names.byFoldedName[Self.fold(name)] = name
        }
    }
}
