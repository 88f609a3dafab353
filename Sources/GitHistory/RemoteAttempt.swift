internal import CGit2
internal import Glibc

/// The credentials that are tried while a remote is asked for something, each once.
final class RemoteAttempt {
    var refusal: String?
    private let access: GitRemoteAccess
    private let progress: @Sendable () -> Bool
    private var hasSentPassword = false
    private var hasAskedAgent = false
    private var keys: ArraySlice<String>

    init(_ access: GitRemoteAccess, _ progress: @escaping @Sendable () -> Bool) {
        self.access = access
        self.progress = progress
        let names = ["id_ed25519", "id_ecdsa", "id_rsa"]
        keys = access.home.map { home in names.map { "\(home)/.ssh/\($0)" }.filter { Glibc.access($0, R_OK) == 0 } }?[...] ?? []
    }

    /// Lets libgit2 ask this for credentials, and tell it that something moves. The callbacks hold no reference.
    func prepare(_ callbacks: inout git_remote_callbacks) {
        callbacks.payload = Unmanaged.passUnretained(self).toOpaque()
        callbacks.credentials = { output, url, user, allowed, payload in
            guard let payload else { return GIT_EUSER.rawValue }
            let attempt = Unmanaged<RemoteAttempt>.fromOpaque(payload).takeUnretainedValue()
            return attempt.credential(output, user: user.map { String(cString: $0) }, allowed: allowed)
        }
        callbacks.sideband_progress = { _, _, payload in RemoteAttempt.goesOn(payload) }
    }

    /// What a callback of libgit2 answers: anything but 0 ends the push.
    static func goesOn(_ payload: UnsafeMutableRawPointer?) -> Int32 {
        guard let payload else { return 0 }
        return Unmanaged<RemoteAttempt>.fromOpaque(payload).takeUnretainedValue().progress() ? 0 : GIT_EUSER.rawValue
    }

    func credential(_ output: UnsafeMutablePointer<UnsafeMutablePointer<git_credential>?>?, user: String?, allowed: UInt32) -> Int32 {
        let user = user ?? "git"
        let problem: String
        if allowed & GIT_CREDENTIAL_SSH_KEY.rawValue != 0 {
            if !hasAskedAgent, getenv("SSH_AUTH_SOCK") != nil {
                hasAskedAgent = true
                return git_credential_ssh_key_from_agent(output, user)
            }
            if let key = keys.popFirst() { return git_credential_ssh_key_new(output, user, nil, key, nil) }
            problem = "the server took none of the keys in ~/.ssh and in the agent"
        } else if allowed & GIT_CREDENTIAL_USERNAME.rawValue != 0 {
            return git_credential_username_new(output, user)
        } else if allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT.rawValue != 0 {
            if let password = access.password, !hasSentPassword {
                hasSentPassword = true
                return git_credential_userpass_plaintext_new(output, access.username ?? user, password)
            }
            problem =
                hasSentPassword ? "the server refused the user name and password" : "the server asks for a password, and none is known"
        } else {
            problem = "the server asks for something else than a key or a password"
        }
        // Else the error would have the words of an earlier one.
        git_error_set_str(CInt(GIT_ERROR_CALLBACK.rawValue), problem)
        return GIT_EAUTH.rawValue
    }
}
