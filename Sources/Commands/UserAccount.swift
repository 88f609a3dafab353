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
        var (entry, found): (passwd, UnsafeMutablePointer<passwd>?) = (passwd(), nil)
        var buffer = [CChar](repeating: 0, count: Self.bufferBytes)
        let code = getpwnam_r(name, &entry, &buffer, buffer.count, &found)
        guard code == 0, found != nil else { throw Failure(.failed, "there is no user \(name) on this machine") }
        guard Owner.isRoot || entry.pw_uid == Owner.user else {
            throw Failure(.failed, "only root can run something as the user \(name)")
        }
        (self.name, user, group, home) = (name, entry.pw_uid, entry.pw_gid, String(cString: entry.pw_dir))
        var (groups, count) = ([gid_t](repeating: 0, count: Self.groupsMax), Int32(Self.groupsMax))
        guard getgrouplist(name, entry.pw_gid, &groups, &count) >= 0 else {
            throw Failure(.failed, "the user \(name) is in more than \(Self.groupsMax) groups")
        }
        // Whoever is not root has the groups that it has.
        self.groups = Owner.isRoot ? Array(groups.prefix(Int(count))) : []
    }

    var environment: [String: String] { ["HOME": home, "USER": name, "LOGNAME": name] }
}
