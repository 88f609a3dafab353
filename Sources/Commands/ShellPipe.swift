import Core
import Glibc

/// A pipe in a shell ends as its last program does: that the dump on its left side failed is lost, and a short file looks whole.
///
/// A command that runs a script with a pipe in a shell of this machine gets `pipefail`. Where `sh` is a shell without it, bash in its POSIX
/// mode takes its place. Where there is none, or the shell is another machine's or a container's, the script has to say what it wants: one
/// that has the word `pipefail` in it is left alone, any other is refused.
public enum ShellPipe {
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh"]
    /// Since when a shell of these names may know it, the shell itself is asked.
    private static let alwaysKnowing: Set<String> = ["bash", "ksh", "zsh"]
    /// What follows them runs elsewhere, with shells of which nothing is known here.
    private static let elsewhere: Set<String> = [
        "ssh", "docker", "podman", "kubectl", "oc", "nerdctl", "crictl", "ctr", "lxc", "lxc-attach", "incus", "chroot", "nsenter",
        "machinectl",
    ]

    /// The command as it is to be run.
    ///
    /// - Parameter owner: whose command it is, for people.
    public static func guarded(_ arguments: [String], of owner: String) throws -> [String] {
        let names = arguments.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let isElsewhere = names.first { shells.contains($0) || elsewhere.contains($0) }.map(elsewhere.contains) ?? false
        guard !arguments.contains(where: { $0.contains("pipefail") }) else { return arguments }
        if isElsewhere {
            // Of ssh, every word may be part of the script.
            let isPiped =
                names.contains("ssh") ? arguments.contains(where: hasPipe) : script(arguments, names).map { hasPipe($0.text) } ?? false
            guard isPiped else { return arguments }
            throw refusal(owner, "the shell that runs its pipe is not this machine's")
        }
        guard let script = script(arguments, names), hasPipe(script.text) else { return arguments }
        let shell = arguments[script.shell]
        func running(_ words: [String]) -> [String] { arguments[..<script.shell] + words + arguments[(script.shell + 1)...] }
        if alwaysKnowing.contains(names[script.shell]) || knows(shell) { return running([shell, "-o", "pipefail"]) }
        if knows("bash") { return running(["bash", "--posix", "-O", "xpg_echo", "-o", "pipefail"]) }
        throw refusal(owner, "\(shell) does not know `pipefail`")
    }

    private static func refusal(_ owner: String, _ why: String) -> Failure {
        Failure(
            .usage, "\(owner): when the left side of its pipe fails, a part of its output would look whole, and \(why)",
            hint: "Begin the script with `set -o pipefail;` where its shell is bash, or write it without a pipe.")
    }

    /// The script of a shell among the words: what follows its `-c`, whatever other options stand between.
    private static func script(_ arguments: [String], _ names: [String]) -> (shell: Int, text: String)? {
        for shell in names.indices where shells.contains(names[shell]) {
            var index = shell + 1
            while index < arguments.count, arguments[index].hasPrefix("-") || arguments[index].hasPrefix("+") {
                let word = arguments[index]
                if !word.hasPrefix("--"), word.hasSuffix("c") {
                    guard index + 1 < arguments.count else { break }
                    return (shell, arguments[index + 1])
                }
                // Options that take a word of their own.
                let takesWord = word.hasPrefix("--") ? ["--rcfile", "--init-file"].contains(word) : word.lowercased().hasSuffix("o")
                index += takesWord ? 2 : 1
            }
        }
        return nil
    }

    /// Whether a script has a `|` that is neither quoted nor part of `||`. What a shell would see otherwise is guarded in vain, which
    /// does no harm.
    package static func hasPipe(_ script: String) -> Bool {
        var quote: UInt8?
        var isEscaped = false
        let text = Array(script.utf8)
        for (index, byte) in text.enumerated() {
            if isEscaped { isEscaped = false; continue }
            switch (byte, quote) {
            case (UInt8(ascii: "\\"), let open) where open != UInt8(ascii: "'"): isEscaped = true
            case (UInt8(ascii: "'"), nil), (UInt8(ascii: "\""), nil): quote = byte
            case (let byte, let open?) where byte == open: quote = nil
            case (UInt8(ascii: "|"), nil):
                let isDouble = index + 1 < text.count && text[index + 1] == byte || index > 0 && text[index - 1] == byte
                if !isDouble { return true }
            default: break
            }
        }
        // In double quotes a pipe may stand in a command that is replaced by its output.
        return script.contains("$(") && script.contains("|")
    }

    private static func knows(_ shell: String) -> Bool {
        let probe = Command([shell, "-o", "pipefail", "-c", ":"], timeout: .seconds(10))
        do {
            return try probe.runKeepingOutput(under: .init(cancellation: Cancellation())).failure == nil
        } catch {
            return false
        }
    }
}
