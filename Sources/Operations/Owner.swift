import Glibc

/// Who runs this program.
enum Owner {
    static let user = geteuid()
    static let group = getegid()

    /// Only root may give files away.
    static var isRoot: Bool { user == 0 }
}
