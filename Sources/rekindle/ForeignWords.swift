/// Words that people bring from other programs, and what they are here.
enum ForeignWords {
    /// Verbs, by who might say them.
    private static let verbs: [String: String] = {
        let neverDeleted = "not yet: a vault keeps every snapshot, and nothing is deleted from it. Put it on a disk that is large enough"
        let noLocks = "there is nothing to unlock: a vault has no locks, and many programs may use it at once"
        let looking = "not yet: `rekindle ls`, `rekindle cat` and `rekindle export` look into a snapshot without restoring it"
        let copying = "not yet: files of a vault are written once, so any program that copies directories copies a vault"
        return [
            "check": "`rekindle verify` reads every stored byte, and names what is damaged",
            "list": "`rekindle snapshots` lists the snapshots, `rekindle ls SNAPSHOT` the paths of one",
            "create": "`rekindle init DIR` makes a vault, `rekindle backup` a snapshot in it", "save": "here it is `rekindle backup`",
            "extract": "here it is `rekindle restore SNAPSHOT --target DIR`",
            "recover": "here it is `rekindle restore SNAPSHOT --target DIR`",
            "dump": "`rekindle cat SNAPSHOT PATH` writes one file, `rekindle export SNAPSHOT` all of it as a tarball",
            "forget": neverDeleted, "prune": neverDeleted, "expire": neverDeleted, "compact": neverDeleted, "delete": neverDeleted,
            "gc": neverDeleted, "unlock": noLocks, "break-lock": noLocks, "mount": looking, "umount": looking, "browse": looking,
            "copy": copying, "sync": copying, "replicate": copying,
            "info": "`rekindle show SNAPSHOT` tells all of one, `rekindle status` of all of them",
            "stats": "`rekindle status` tells what is stored, `rekindle report` how it grew",
            "describe": "here it is `rekindle show SNAPSHOT`", "get": "here it is `rekindle snapshots`",
            "logs": "here it is `rekindle log`",
            "history": "`rekindle log` is that of the manifests, `rekindle snapshots` that of the data",
            "key": "`rekindle keygen` makes a key for encrypted secrets; a vault itself has none",
            "tag": "a backup is given its tags: `rekindle backup --tag WORD`",
            "repair": "not yet: `rekindle verify` names what is damaged, and a restore brings back the rest",
            "schedule": "a timer of the system runs `rekindle backup --policy FILE`: see EVERY NIGHT in `rekindle --help`",
            "test": "`rekindle drill` restores into a scratch place and validates; `rekindle selftest` checks data where it is",
            "version": "here it is `rekindle --version`",
            "completion": "`rekindle --generate-completion-script bash`, or zsh, or fish, writes it",
        ]
    }()

    /// What a word is here, as a sentence; nil for one that nobody brings.
    static func verb(_ word: String) -> String? { verbs[word.lowercased()] }

    /// The same of options: where other programs have the repository.
    static func option(in arguments: [String]) -> String? {
        let isRepository = arguments.contains { word in
            word == "-r" || word == "-R" || ["--repo", "--repository"].contains { word == $0 || word.hasPrefix($0 + "=") }
        }
        return isRepository ? "The vault is named by --vault DIR, by the policy or by REKINDLE_VAULT; `rekindle init DIR` makes one." : nil
    }
}
