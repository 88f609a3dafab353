internal import CGit2
internal import Glibc
internal import Synchronization

/// The process-wide part of libgit2: started once, with the options a backup needs.
enum GitLibrary {
    /// Starts libgit2 on first use; every entry point into this module calls it. May be called any number of times.
    static func start() throws(GitError) {
        if let failure { throw failure }
    }

    private static let failure: GitError? = {
        guard git_libgit2_init() > 0 else { return GitError(what: "start libgit2", place: "libgit2", why: lastMessage(-1)) }
        // A commit must survive a power cut: packs and references are synced before they count.
        // Volumes of another owner are ordinary in containers, and no hook or command of the repository is ever run.
        for (option, value) in [(GIT_OPT_ENABLE_FSYNC_GITDIR, CInt(1)), (GIT_OPT_SET_OWNER_VALIDATION, CInt(0))] {
            if let failure = set(CInt(option.rawValue), to: value) { return failure }
        }
        return nil
    }()

    /// Certificates that https trusts from now on, in this process, instead of the system's.
    static func trust(_ file: String) throws(GitError) {
        try start()
        // Once: a push that was left behind may still be using them.
        try trusted.withLock { trusted throws(GitError) in
            guard trusted != file else { return }
            try git("trust the certificates", file) { rekindle_git_trust(file) }
            trusted = file
        }
    }

    private static let trusted = Mutex<String?>(nil)

    private static func set(_ option: CInt, to value: CInt) -> GitError? {
        do {
            try git("configure libgit2", "option \(option)") { rekindle_git_set(option, value) }
            return nil
        } catch {
            return error
        }
    }

    /// The message of the call that has just returned `code` on this thread.
    static func lastMessage(_ code: CInt) -> String {
        guard let error = git_error_last(), let text = error.pointee.message else { return "libgit2 returned \(code)" }
        return String(cString: text)
    }
}

/// Makes one libgit2 call and turns a negative return code into an error: the message is read before anything else can run.
func git(_ what: String, _ place: String, _ call: () -> CInt) throws(GitError) {
    let code = call()
    guard code < 0 else { return }
    throw GitError(
        what: what, place: place, why: GitLibrary.lastMessage(code), hint: hint(for: code),
        hasDiverged: code == GIT_ENONFASTFORWARD.rawValue)
}

/// As `git`, for a look-up whose "not there" is an answer: false when libgit2 says so.
func gitFound(_ what: String, _ place: String, _ call: () -> CInt) throws(GitError) -> Bool {
    let code = call()
    if code == GIT_ENOTFOUND.rawValue || code == GIT_EUNBORNBRANCH.rawValue { return false }
    guard code < 0 else { return true }
    throw GitError(what: what, place: place, why: GitLibrary.lastMessage(code), hint: hint(for: code))
}

private func hint(for code: CInt) -> String? {
    switch code {
    case GIT_ENOTFOUND.rawValue, GIT_EMISMATCH.rawValue:
        "The repository may be damaged: `git fsck --full` names what is missing"
    case GIT_ELOCKED.rawValue: "If no other program uses the repository, remove its .lock file"
    case GIT_EMODIFIED.rawValue, GIT_EEXISTS.rawValue: "Another program has moved the branch meanwhile: run the backup again"
    default: nil
    }
}

/// One libgit2 object, freed exactly once.
struct GitHandle: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer?) -> Void

    init(
        _ what: String, _ place: String, free: @escaping (OpaquePointer?) -> Void, make: (inout OpaquePointer?) -> CInt
    ) throws(GitError) {
        var made: OpaquePointer?
        let code = make(&made)
        guard code >= 0, let made else {
            throw GitError(what: what, place: place, why: GitLibrary.lastMessage(code), hint: hint(for: code))
        }
        pointer = made
        self.free = free
    }

    deinit { free(pointer) }
}
