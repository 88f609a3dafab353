package import Core
package import Glibc

/// A user of this machine, as whom a program runs.
package struct UserAccount: Sendable, Equatable {
    package let name: String
    package let user: uid_t
    package let group: gid_t
    package let groups: [gid_t]
    private let home: String

    private static let groupsMax = 1024
    private static let bufferBytes = 64 << 10

    /// Throws a sentence for a user that there is not, or as whom this program may run nothing.
    package init(named name: String) throws(Failure) {
        var buffer = [CChar](repeating: 0, count: Self.bufferBytes)
        // The entry points into the buffer.
        let found: (user: uid_t, group: gid_t, home: String)? = buffer.withUnsafeMutableBufferPointer { buffer in
            var (entry, found): (passwd, UnsafeMutablePointer<passwd>?) = (passwd(), nil)
            guard let place = buffer.baseAddress, getpwnam_r(name, &entry, place, buffer.count, &found) == 0, found != nil else {
                return nil
            }
            return (entry.pw_uid, entry.pw_gid, String(cString: entry.pw_dir))
        }
        guard let found else { throw Failure(.failed, "there is no user \(name) on this machine") }
        guard Owner.isRoot || found.user == Owner.user else {
            throw Failure(.failed, "only root can run something as the user \(name)")
        }
        (self.name, user, group, home) = (name, found.user, found.group, found.home)
        var (groups, count) = ([gid_t](repeating: 0, count: Self.groupsMax), Int32(Self.groupsMax))
        guard getgrouplist(name, found.group, &groups, &count) >= 0 else {
            throw Failure(.failed, "the user \(name) is in more than \(Self.groupsMax) groups")
        }
        // Whoever is not root has the groups that it has.
        self.groups = Owner.isRoot ? Array(groups.prefix(Int(count))) : []
    }

    /// Words before those of a program that have it run as this user, and no more as this one: util-linux's `setpriv`, which becomes the program.
    ///
    /// A process with threads cannot change the user of its own child between its birth and its program: glibc has all threads agree on that,
    /// and in a child of a moment when one was just being made there is nobody to agree.
    var prefix: [String] {
        guard Owner.isRoot else { return [] }
        let groups = groups.isEmpty ? ["--clear-groups"] : ["--groups", groups.map(String.init).joined(separator: ",")]
        return ["setpriv", "--reuid", "\(user)", "--regid", "\(group)"] + groups + ["--"]
    }

    /// What `setpriv` ends with where there is no such program.
    static let notFound: Int32 = 127

    var environment: [String: String] { ["HOME": home, "USER": name, "LOGNAME": name] }
}
