internal import CGit2

/// A second handle on a repository whose writes go to memory, until they are written as one pack.
struct Staging: ~Copyable {
    let repository: GitHandle
    private let path: String
    private let mempack: UnsafeMutablePointer<git_odb_backend>?

    init(path: String) throws(GitError) {
        let opened = try GitRepository.open(path)
        let database = try GitHandle("open the object database", path, free: git_odb_free) { git_repository_odb(&$0, opened.pointer) }
        var mempack: UnsafeMutablePointer<git_odb_backend>?
        try git("prepare the pack", path) { git_mempack_new(&mempack) }
        // In front of every other backend, so that it takes all writes. The database owns and frees it from here on.
        try git("prepare the pack", path) { git_odb_add_backend(database.pointer, mempack, 999) }
        self.path = path
        self.mempack = mempack
        repository = opened
    }

    func database() throws(GitError) -> GitHandle {
        try GitHandle("open the object database", path, free: git_odb_free) { git_repository_odb(&$0, repository.pointer) }
    }

    /// Writes exactly these objects into `objects/pack`, synced. (git_mempack_dump would write every reachable tree again.)
    func writePack(_ objects: [git_oid]) throws(GitError) {
        let builder = try GitHandle("prepare the pack", path, free: git_packbuilder_free) { git_packbuilder_new(&$0, repository.pointer) }
        git_packbuilder_set_threads(builder.pointer, 1)
        for var object in objects {
            try git("add an object to the pack", path) { git_packbuilder_insert(builder.pointer, &object, nil) }
        }
        try git("write the pack", path) { git_packbuilder_write(builder.pointer, nil, 0, nil, nil) }
        try GitRepository.syncDirectory(path + "/objects/pack")
    }

    /// Lets go of the objects in memory, which a pack must hold by now, and finds them in that pack.
    func reset() throws(GitError) {
        try git("empty the pack", path) { git_mempack_reset(mempack) }
        let database = try database()
        try git("refresh the object database", path) { git_odb_refresh(database.pointer) }
    }
}
