package import Core
package import FileTree
import Glibc
package import Tarball
import Vault

/// A directory that is being restored. Its own metadata is set when the last thing in it is done: writing in it changes its
/// time, and its mode may forbid writing.
package final class TargetDirectory: Sendable {
    /// Nil in a dry run where the directory is not there.
    package let directory: Directory?
    package let path: TreePath?
    /// The names put into it so far; nil where the file system keeps all names apart.
    package let names: TargetNames?
    private let parent: TargetDirectory?
    private let entry: TreeEntry?
    private let report: Monitor<RestoreReport>
    private let users = Monitor(1)

    package init(
        _ directory: Directory?, path: TreePath?, entry: TreeEntry?, parent: TargetDirectory?, names: TargetNames?,
        report: Monitor<RestoreReport>
    ) {
        self.directory = directory
        self.names = names
        self.path = path
        self.entry = entry
        self.parent = parent
        self.report = report
        parent?.retain()
    }

    /// One more thing in it is under way.
    package func retain() { users.withLock { $0 += 1 } }

    /// One thing in it is done; the last one sets the metadata.
    package func release() {
        let isLast = users.withLock { users in
            users -= 1
            return users == 0
        }
        guard isLast else { return }
        if let entry, let directory {
            do throws(SystemError) {
                try MetadataWriter(entry, report: report).apply(to: directory.file)
            } catch {
                report.withLock { $0.problem(entry.path.description, error.description) }
            }
        }
        parent?.release()
    }
}

/// Sets owner, attributes, mode and time, in the order in which one does not undo the other.
package struct MetadataWriter {
    private let entry: TreeEntry
    private let report: Monitor<RestoreReport>

    package init(_ entry: TreeEntry, report: Monitor<RestoreReport>) {
        self.entry = entry
        self.report = report
    }

    /// For files and directories. Owner first: it clears setuid and capabilities. Attributes before the mode: an ACL changes it.
    package func apply(to file: OpenFile) throws(SystemError) {
        var steps = Steps()
        var isOwned = false
        steps.run { () throws(SystemError) in
            isOwned = try setOwner(try file.status()) { () throws(SystemError) in try file.setOwner(entry.owner, entry.group) }
        }
        steps.run { () throws(SystemError) in
            try setAttributes(
                present: try file.extendedAttributes(),
                remove: { name throws(SystemError) in try file.removeExtendedAttribute(name) },
                set: { attribute throws(SystemError) in try file.setExtendedAttribute(attribute) })
        }
        let mode = isOwned ? entry.mode : entry.mode & 0o1777
        if mode != entry.mode { report.withLock { $0.note("setuid and setgid are not restored where the owner is not") } }
        steps.run { () throws(SystemError) in if try file.status().mode != mode { try file.setMode(mode) } }
        steps.run { () throws(SystemError) in try file.setModified(FileTime(entry.modified)) }
        try steps.end()
    }

    /// Takes every step, also after one that failed; the first failure is thrown at the end.
    private struct Steps {
        private var failure: SystemError?

        mutating func run(_ step: () throws(SystemError) -> Void) {
            do throws(SystemError) { try step() } catch { failure = failure ?? error }
        }

        func end() throws(SystemError) {
            if let failure { throw failure }
        }
    }

    /// For what cannot be opened: links and nodes.
    package func apply(to name: [UInt8], in directory: Directory) throws(SystemError) {
        var steps = Steps()
        steps.run { () throws(SystemError) in
            _ = try setOwner(try directory.status(of: name)) { () throws(SystemError) in
                try directory.setOwner(of: name, entry.owner, entry.group)
            }
        }
        steps.run { () throws(SystemError) in
            try setAttributes(
                present: try directory.extendedAttributes(of: name),
                remove: { attribute throws(SystemError) in try directory.removeExtendedAttribute(attribute, of: name) },
                set: { attribute throws(SystemError) in try directory.setExtendedAttribute(attribute, of: name) })
        }
        steps.run { () throws(SystemError) in
            if case .symbolicLink = entry.kind {} else { try directory.setMode(of: name, entry.mode) }
        }
        steps.run { () throws(SystemError) in try directory.setModified(of: name, FileTime(entry.modified)) }
        try steps.end()
    }

    /// Whether the owner is as it was. Only root can see to it; for anybody else it is a note.
    private func setOwner(_ status: FileStatus, _ set: () throws(SystemError) -> Void) throws(SystemError) -> Bool {
        if status.owner == entry.owner, status.group == entry.group { return true }
        guard Owner.isRoot else {
            report.withLock { $0.note("owners are not restored: only root may give files away") }
            return false
        }
        try set()
        return true
    }

    /// Also takes off what is there and should not be: a list that a new name inherits from its directory is.
    private func setAttributes(
        present: [ExtendedAttribute], remove: ([UInt8]) throws(SystemError) -> Void, set: (ExtendedAttribute) throws(SystemError) -> Void
    ) throws(SystemError) {
        for attribute in present where !entry.attributes.contains(where: { $0.name == attribute.name }) && Self.isOurs(attribute.name) {
            try attempt(attribute.name) { () throws(SystemError) in try remove(attribute.name) }
        }
        for attribute in entry.attributes {
            let wanted = ExtendedAttribute(name: attribute.name, value: attribute.value)
            if present.contains(wanted) { continue }
            try attempt(attribute.name) { () throws(SystemError) in try set(wanted) }
        }
    }

    /// Attributes that belong to the file and not to the machine's security policy.
    private static func isOurs(_ name: [UInt8]) -> Bool {
        name.starts(with: "user.".utf8) || name.starts(with: "system.posix_acl_".utf8) || name.elementsEqual("security.capability".utf8)
    }

    /// Also root may be kept from setting these, as in a container.
    private static func isOfTheMachine(_ name: [UInt8]) -> Bool {
        name.starts(with: "security.".utf8) || name.starts(with: "trusted.".utf8)
    }

    /// What only root may set, or what the target's file system cannot hold, is a note and no failure.
    private func attempt(_ name: [UInt8], _ body: () throws(SystemError) -> Void) throws(SystemError) {
        do throws(SystemError) { try body() } catch {
            let text = String(decoding: name, as: UTF8.self)
            switch error.code {
            case EOPNOTSUPP: report.withLock { $0.note("the target's file system cannot hold the attribute \(text)") }
            case EPERM where Self.isOfTheMachine(name):
                report.withLock { $0.note("the attribute \(text) is not restored: this process may not set it") }
            case EPERM where !Owner.isRoot: report.withLock { $0.note("the attribute \(text) is not restored: only root may set it") }
            case ENODATA: return  // to be removed, and gone already: the kernel drops capabilities when a file is written
            default: throw error
            }
        }
    }
}

extension FileTime {
    package init(_ time: TreeEntry.Time) { self.init(seconds: time.seconds, nanoseconds: time.nanoseconds) }
}

extension TargetDirectory {
    /// An error where what is found under the entry's name is another that this restore has put there.
    package func check(_ entry: TreeEntry, in directory: Directory) throws {
        try names?.check(entry.path.name, in: directory, isLink: entry.hardLink != nil)
    }

    /// Puts what was made under a temporary name in its place.
    package func rename(_ temporary: [UInt8], to name: [UInt8], in directory: Directory, isLink: Bool = false) throws {
        guard let names else { return try directory.rename(temporary, to: name) }
        try names.claim(name, in: directory, isLink: isLink) {
            let identity = try directory.status(of: temporary).identity
            try directory.rename(temporary, to: name)
            return identity
        }
    }

    /// Notes what is there already and stays.
    package func keep(_ name: [UInt8], in directory: Directory, isLink: Bool = false) throws {
        try names?.claim(name, in: directory, isLink: isLink) { try directory.status(of: name).identity }
    }
}
