internal import CGit2
internal import Glibc

/// A bare git repository that holds the history of the manifests.
///
/// Not for use from several threads at once. Several processes may read; of two that commit at the same time one fails.
public final class GitRepository {
    public let path: String
    let handle: GitHandle

    /// Opens the repository at `path`; with `create`, makes one where there is nothing or an empty directory.
    ///
    /// A new repository is made beside its place and renamed into it, so an interrupted creation leaves none. Creating one
    /// that exists opens it. A directory with other things in it is an error, never overwritten.
    public init(bareAt path: String, create: Bool) throws(GitError) {
        try GitLibrary.start()
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw GitError(what: "open the git repository", place: path.debugDescription, why: "this is no usable path")
        }
        if create, try Self.isVacant(path) { try Self.createBare(at: path) }
        self.path = path
        handle = try Self.open(path)
    }

    static func open(_ path: String) throws(GitError) -> GitHandle {
        var pointer: OpaquePointer?
        let found = try gitFound("open the git repository", path) { git_repository_open_bare(&pointer, path) }
        guard found, pointer != nil else {
            throw GitError(
                what: "open the git repository", place: path, why: "there is no bare git repository",
                hint: "Give a path that does not exist yet, or that of a bare repository")
        }
        return try GitHandle("open the git repository", path, free: git_repository_free) { made in
            made = pointer
            return 0
        }
    }

    /// True when nothing, or only an empty directory, is there.
    private static func isVacant(_ path: String) throws(GitError) -> Bool {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return true }
            throw GitError(what: "open the git repository", place: path, why: String(cString: strerror(errno)))
        }
        defer { closedir(directory) }
        var names = 0
        errno = 0
        while readdir(directory) != nil { names += 1 }
        guard errno == 0 else { throw GitError(what: "list the directory", place: path, why: String(cString: strerror(errno))) }
        return names <= 2  // "." and ".."
    }

    private static func createBare(at path: String) throws(GitError) {
        let trimmed = path.utf8.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let fresh = "\(trimmed).new-\(getpid())"
        var options = git_repository_init_options()
        try git("prepare a git repository", path) {
            git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
        }
        options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
        let branch = strdup("main")
        defer { free(branch) }
        options.initial_head = UnsafePointer(branch)
        _ = try GitHandle("create the git repository", path, free: git_repository_free) { git_repository_init_ext(&$0, fresh, &options) }
        guard rename(fresh, trimmed) == 0 else {
            let why = String(cString: strerror(errno))
            throw GitError(
                what: "create the git repository", place: path, why: why, hint: "The half-made repository \(fresh) may be removed")
        }
        try syncDirectory(parent(of: trimmed))
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func syncDirectory(_ path: String) throws(GitError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw GitError(what: "open the directory", place: path, why: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw GitError(what: "sync the directory", place: path, why: String(cString: strerror(errno)))
        }
    }
}
