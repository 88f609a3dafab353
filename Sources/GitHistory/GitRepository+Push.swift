internal import CGit2
internal import Glibc

extension GitRepository {
    /// Pushes the branch to a repository, which takes it only as a continuation of its own.
    ///
    /// May be called any number of times; pushing what is there already does nothing. Blocks as long as the network does: libgit2 has no
    /// time limit of its own.
    ///
    /// - Parameters:
    ///   - target: the branch there; nil for the one of the same name.
    ///   - progress: is called while something moves; false ends the push.
    /// - Returns: what to know of the repository: a sentence where whoever clones it would get no files.
    @discardableResult
    public func push(
        to url: String, as target: String? = nil, access: GitRemoteAccess, progress: @escaping @Sendable () -> Bool = { true }
    ) throws(GitError) -> String? {
        let branch = try branchName()
        guard try head() != nil else { return nil }
        let shown = Self.withoutPassword(url)
        if url.hasPrefix("/"), Glibc.access(url, F_OK) != 0 {
            throw GitError(
                what: "push to", place: shown, why: "there is no such directory", hint: "`git init --bare -b \(branch)` makes one")
        }
        let remote = try GitHandle("prepare the push to", shown, free: git_remote_free) {
            git_remote_create_anonymous(&$0, handle.pointer, url)
        }
        var options = git_push_options()
        try git("prepare the push to", shown) { git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)) }
        let attempt = RemoteAttempt(access, progress)
        // As git itself: http.proxy, then the environment.
        options.proxy_opts.type = GIT_PROXY_AUTO
        if let certificates = access.certificates, url.hasPrefix("https:") { try GitLibrary.trust(certificates) }
        attempt.prepare(&options.callbacks)
        // The push as a whole may succeed while the server refuses the branch.
        options.callbacks.push_update_reference = { _, status, payload in
            if let status, let payload {
                Unmanaged<RemoteAttempt>.fromOpaque(payload).takeUnretainedValue().refusal = String(cString: status)
            }
            return 0
        }
        options.callbacks.pack_progress = { _, _, _, payload in RemoteAttempt.goesOn(payload) }
        options.callbacks.push_transfer_progress = { _, _, _, payload in RemoteAttempt.goesOn(payload) }
        try withExtendedLifetime(attempt) { () throws(GitError) in
            try git("push to", shown) {
                let specification = strdup("\(branch):\(target.map { "refs/heads/\($0)" } ?? branch)")
                defer { free(specification) }
                var strings: [UnsafeMutablePointer<CChar>?] = [specification]
                return strings.withUnsafeMutableBufferPointer { buffer in
                    var list = git_strarray(strings: buffer.baseAddress, count: 1)
                    return git_remote_push(remote.pointer, &list, &options)
                }
            }
        }
        if let refusal = attempt.refusal {
            // As git words it, which no protocol does.
            let hasDiverged = ["non-fast-forward", "fetch first"].contains { refusal.contains($0) }
            throw GitError(
                what: "push to", place: shown, why: "the repository refused the branch: \(refusal)", hasDiverged: hasDiverged)
        }
        if target != nil { return nil }
        return try Self.warning(ofHeadAt: url, shown, branch)
    }

    /// A repository made without a word about its branch may have another as its HEAD, and then a clone of it is empty. Only of one in a
    /// directory is this known.
    private static func warning(ofHeadAt url: String, _ shown: String, _ branch: String) throws(GitError) -> String? {
        let path = url.hasPrefix("file://") ? String(url.dropFirst("file://".count)) : url
        guard Glibc.access("\(path)/HEAD", R_OK) == 0 else { return nil }
        let remote = try GitHandle("look at", shown, free: git_repository_free) { git_repository_open_bare(&$0, path) }
        guard git_repository_head_unborn(remote.pointer) == 1 else { return nil }
        return
            "a clone of \(shown) would be empty, since its HEAD is not \(branch): run `git --git-dir \(path) symbolic-ref HEAD \(branch)`"
    }

    /// An address may carry a password or a token, which belongs into no message.
    public static func withoutPassword(_ url: String) -> String {
        guard !url.hasPrefix("ssh:"), let scheme = url.firstRange(of: "://") else { return url }
        let host = url[scheme.upperBound...].prefix { $0 != "/" }
        guard let at = host.lastIndex(of: "@") else { return url }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }
}
