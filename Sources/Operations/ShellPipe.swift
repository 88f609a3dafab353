import Glibc
import Vault

/// A pipe in a shell ends as its last program does: that the dump on its left side failed is lost, and a short file looks whole.
///
/// A command of a dataset that is a shell's script gets `pipefail`. Where `sh` is a shell without it, bash in its POSIX mode takes
/// its place, and where there is none, a script with a pipe is refused.
public enum ShellPipe {
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh"]
    /// Since when a shell of these names may know it, the shell itself is asked.
    private static let alwaysKnowing: Set<String> = ["bash", "ksh", "zsh"]

    /// The command as it is to be run.
    public static func guarded(_ arguments: [String], of dataset: String) throws -> [String] {
        guard let shell = arguments.first?.split(separator: "/").last.map(String.init), shells.contains(shell),
            let flag = arguments.dropFirst().first, flag.hasPrefix("-"), !flag.hasPrefix("--"), flag.hasSuffix("c"), arguments.count > 2,
            hasPipe(arguments[2])
        else { return arguments }
        let rest = arguments.dropFirst()
        if alwaysKnowing.contains(shell) || knows(arguments[0]) { return [arguments[0], "-o", "pipefail"] + rest }
        if knows("bash") { return ["bash", "--posix", "-O", "xpg_echo", "-o", "pipefail"] + rest }
        throw VaultError(
            .usage, "\(dataset): \(arguments[0]) does not say when the left side of a pipe fails, and a part of a dump would look whole",
            hint: "Write the command without a pipe, or install bash and write [bash, -c, …].")
    }

    /// Whether a script has a `|` that is neither quoted nor part of `||`. What a shell would see otherwise is guarded in vain, which
    /// does no harm.
    static func hasPipe(_ script: String) -> Bool {
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
            return try probe.runKeepingOutput(environment: [:], cancellation: Cancellation()).failure == nil
        } catch {
            return false
        }
    }
}
