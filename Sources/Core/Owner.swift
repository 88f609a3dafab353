package import Glibc

/// Who runs this program.
package enum Owner {
    package static let user = geteuid()
    package static let group = getegid()

    /// Only root may give files away.
    package static var isRoot: Bool { user == 0 }

    /// Who it is, as records say it.
    package static var name: String {
        for variable in ["USER", "LOGNAME"] {
            if let value = getenv(variable), value.pointee != 0 { return String(cString: value) }
        }
        return "uid \(user)"
    }
}
