import Glibc

/// Who runs this program.
enum Owner {
    static let user = geteuid()
    static let group = getegid()

    /// Only root may give files away.
    static var isRoot: Bool { user == 0 }

    /// Who it is, as records say it.
    static var name: String {
        for variable in ["USER", "LOGNAME"] {
            if let value = getenv(variable), value.pointee != 0 { return String(cString: value) }
        }
        return "uid \(user)"
    }
}
