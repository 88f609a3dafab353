internal import CGit2

/// What stands at the top of a tree beside the folders of namespaces: files, and folders that begin with a dot. People put it there.
struct ForeignEntry {
    /// A C string.
    let name: [CChar]
    let oid: git_oid
    let mode: git_filemode_t

    /// Those that stay in a joined tree.
    static func all(in tree: OpaquePointer) -> [ForeignEntry] { entries(of: tree).filter { !$0.isFolder }.map(\.entry) }

    /// The names of the other folders.
    static func folders(in tree: OpaquePointer) -> Set<String> { Set(entries(of: tree).filter(\.isFolder).map(\.name)) }

    /// - Returns: each entry, and whether it is a folder that may be a namespace's.
    private static func entries(of tree: OpaquePointer) -> [(name: String, isFolder: Bool, entry: ForeignEntry)] {
        (0..<git_tree_entrycount(tree)).compactMap { index in
            guard let entry = git_tree_entry_byindex(tree, index), let name = git_tree_entry_name(entry), let oid = git_tree_entry_id(entry)
            else { return nil }
            let text = String(cString: name)
            let isFolder = git_tree_entry_type(entry) != GIT_OBJECT_BLOB && !text.hasPrefix(".")
            let found = ForeignEntry(name: Array(text.utf8CString), oid: oid.pointee, mode: git_tree_entry_filemode(entry))
            return (text, isFolder, found)
        }
    }
}
