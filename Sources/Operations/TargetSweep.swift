import FileTree

/// The names that stand in a target directory, gone through beside the names of the snapshot: both are sorted.
struct TargetSweep {
    private let names: NameList
    private var next = 0

    init(_ directory: Directory) throws(SystemError) { names = try directory.names() }

    /// The names before `name` that were not asked for; all that are left when it is nil. `name` itself is passed over.
    mutating func names(before name: [UInt8]?) -> [[UInt8]] {
        var extra: [[UInt8]] = []
        while next < names.count {
            let candidate = names[next]
            if let name, !candidate.lexicographicallyPrecedes(name) {
                if candidate == name { next += 1 }
                break
            }
            extra.append(candidate)
            next += 1
        }
        return extra
    }

    /// Removes a file, or a directory with all that is in it; returns how many names that were. Follows no link.
    static func remove(_ name: [UInt8], in directory: Directory, isDryRun: Bool) throws(SystemError) -> Int {
        guard try directory.status(of: name).kind == .directory else {
            if !isDryRun { try directory.removeFile(name) }
            return 1
        }
        var count = 1
        let below = try directory.openDirectory(name)
        for child in try below.names() { count += try remove(child, in: below, isDryRun: isDryRun) }
        if !isDryRun { try directory.removeDirectory(name) }
        return count
    }
}
