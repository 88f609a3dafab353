import Core
package import FileTree
import Tarball

/// The names that stand in a target directory, gone through beside the names of the snapshot: both are sorted.
package struct TargetSweep {
    private let names: NameList
    private var next = 0

    /// - Parameter names: of the directory, before anything is written into it.
    package init(_ names: NameList) { self.names = names }

    /// The names before `name` that were not asked for; all that are left when it is nil. `name` itself is passed over.
    package mutating func names(before name: [UInt8]?) -> [[UInt8]] {
        var extra: [[UInt8]] = []
        while next < names.count {
            let candidate = names[next]
            if let name, !candidate.lexicographicallyPrecedes(name) {
                if candidate == name { next += 1 }
                break
            }
            // Removed before, or in the hands of another run.
            if !TemporaryFiles.isTemporary(candidate) { extra.append(candidate) }
            next += 1
        }
        return extra
    }
}
