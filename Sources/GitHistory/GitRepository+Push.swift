internal import CGit2
internal import Glibc

/// Who we are to a remote repository, beyond what its address says. Keys of ~/.ssh and an SSH agent are tried by themselves.
public struct GitCredentials: Sendable {
    /// For https.
    public let username: String?
    public let password: String?
    /// The home directory with `.ssh`.
    public let home: String?

    public init(username: String?, password: String?, home: String?) {
        self.username = username
        self.password = password
        self.home = home
    }
}

extension GitRepository {
    /// Pushes the branch to a repository, which takes it only as a continuation of its own.
    ///
    /// May be called any number of times; pushing what is there already does nothing. Blocks as long as the network does: libgit2 has no
    /// time limit of its own.
    public func push(to url: String, credentials: GitCredentials) throws(GitError) {
        let branch = try branchName()
        guard try head() != nil else { return }
        let shown = Self.withoutPassword(url)
        let remote = try GitHandle("prepare the push to", shown, free: git_remote_free) {
            git_remote_create_anonymous(&$0, handle.pointer, url)
        }
        var options = git_push_options()
        try git("prepare the push to", shown) { git_push_options_init(&options, UInt32(GIT_PUSH_OPTIONS_VERSION)) }
        let attempt = PushAttempt(credentials)
        options.callbacks.payload = Unmanaged.passUnretained(attempt).toOpaque()
        options.callbacks.credentials = { output, url, user, allowed, payload in
            guard let payload else { return GIT_EUSER.rawValue }
            let attempt = Unmanaged<PushAttempt>.fromOpaque(payload).takeUnretainedValue()
            return attempt.credential(output, user: user.map { String(cString: $0) }, allowed: allowed)
        }
        // The push as a whole may succeed while the server refuses the branch.
        options.callbacks.push_update_reference = { _, status, payload in
            if let status, let payload {
                Unmanaged<PushAttempt>.fromOpaque(payload).takeUnretainedValue().refusal = String(cString: status)
            }
            return 0
        }
        try withExtendedLifetime(attempt) { () throws(GitError) in
            try git("push to", shown) {
                let specification = strdup("\(branch):\(branch)")
                defer { free(specification) }
                var strings: [UnsafeMutablePointer<CChar>?] = [specification]
                return strings.withUnsafeMutableBufferPointer { buffer in
                    var list = git_strarray(strings: buffer.baseAddress, count: 1)
                    return git_remote_push(remote.pointer, &list, &options)
                }
            }
        }
        if let refusal = attempt.refusal {
            throw GitError(what: "push to", place: shown, why: "the repository refused the branch: \(refusal)")
        }
    }

    /// An address may carry a password or a token, which belongs into no message.
    public static func withoutPassword(_ url: String) -> String {
        guard !url.hasPrefix("ssh:"), let scheme = url.firstRange(of: "://"), let at = url[scheme.upperBound...].firstIndex(of: "@") else {
            return url
        }
        return String(url[..<scheme.upperBound] + url[url.index(after: at)...])
    }
}

/// What is tried during one push, each thing once.
private final class PushAttempt {
    var refusal: String?
    private let credentials: GitCredentials
    private var hasSentPassword = false
    private var hasAskedAgent = false
    private var keys: ArraySlice<String>

    init(_ credentials: GitCredentials) {
        self.credentials = credentials
        let names = ["id_ed25519", "id_ecdsa", "id_rsa"]
        keys = credentials.home.map { home in names.map { "\(home)/.ssh/\($0)" }.filter { access($0, R_OK) == 0 } }?[...] ?? []
    }

    func credential(_ output: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, user: String?, allowed: UInt32) -> Int32 {
        let user = user ?? "git"
        if allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0 {
            if !hasAskedAgent, getenv("SSH_AUTH_SOCK") != nil {
                hasAskedAgent = true
                return git_credential_ssh_key_from_agent(output, user)
            }
            if let key = keys.popFirst() { return git_credential_ssh_key_new(output, user, nil, key, nil) }
        } else if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 {
            return git_credential_username_new(output, user)
        } else if allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0, !hasSentPassword, let password = credentials.password {
            hasSentPassword = true
            return git_credential_userpass_plaintext_new(output, credentials.username ?? user, password)
        }
        return GIT_EAUTH.rawValue
    }
}
