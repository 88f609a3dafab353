import ArgumentParser
import CLinux
import Core
import FileTree
import Glibc
import Operations
import StrictYAML
import Vault

@main
struct Rekindle: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rekindle",
        abstract: "Backs up an application and proves that it comes back.",
        discussion: """
            FIRST STEPS
              rekindle init /backup/photon                      make a vault
              rekindle backup --vault /backup/photon /app/data  back up a directory
              rekindle snapshots --vault /backup/photon         see what is there
              rekindle verify --vault /backup/photon            read every stored byte
              rekindle restore latest --vault /backup/photon --target /srv/back

            EVERY NIGHT
              A policy says what to protect, where to, and what proves a restore:
              manifests, directories, the output of commands, hooks, validations.
              rekindle backup --policy FILE
              rekindle drift --policy FILE  how the live cluster differs from it
              rekindle verify --policy FILE --sample 1/7
                                            a part each night; --deep decodes everything

            EVERY WEEK
              rekindle status --policy FILE  last good backup, what was read, proven
              rekindle report --policy FILE -o report.html
                                            the same over a year, as a page

            EVERY QUARTER
              rekindle drill --policy FILE  restore into a scratch place, measure
              rekindle bisect --policy FILE --good SNAPSHOT
                                            the first bad snapshot, and what changed

            IN A DISASTER
              rekindle snapshots            which are there, and are they complete?
              rekindle restore latest --target DIR --policy FILE
                                            then the policy's validations
              rekindle restore @2026-02-03T04:00Z --target DIR     as of a time
              rekindle restore latest --in-place                   back where it was
              rekindle cat latest app-data/photonic.json           one file
              rekindle restore latest --policy FILE --cluster --identity KEY
                                            the manifests into a cluster
              Without this program: RESTORE.md and restore.sh in the vault need only
              zstd, tar and bsdtar.

            A SNAPSHOT is `latest`, `latest-complete` (nothing is missing in it and \
            nothing in doubt), the beginning of an id, or `@TIME`: the newest not \
            after it; of the policy's own where one is given \
            (in UTC: @2026-02-03T04:05:06Z; @2026-02-03 is the end of that day). \
            The vault comes from --vault, else the policy, else REKINDLE_VAULT.

            EXIT STATUS
               0  all of it worked
               1  failed; a vault shows no half-made snapshot; a restore goes on when
                  the same command is run again; or two names are one on the target
               2  usage: unknown option, bad policy, no such snapshot
               3  saved or restored, but not all of it: each part is named
               4  damage found in the vault; what is affected is named
               5  saved, but the live data failed its self-tests; restored, but a
                  validation failed or workloads are not ready; drill: that, or an
                  objective was missed; status: a finding of P1 or P2; drift: something
                  differs; selftest: a check failed
              10  no vault there
             130  interrupted, by Ctrl-C; 143 by SIGTERM: the same command, run again,
                  goes on with what was stored or restored
            """,
        version: Program.name,
        subcommands: [
            InitCommand.self, BackupCommand.self, SnapshotsCommand.self, ShowCommand.self, LsCommand.self, FindCommand.self,
            DiffCommand.self,
            LogCommand.self, RestoreCommand.self, CatCommand.self, ExportCommand.self, VerifyCommand.self, SelftestCommand.self,
            DriftCommand.self, DrillCommand.self, BisectCommand.self, WitnessCommand.self, StatusCommand.self, AcceptCommand.self,
            ReportCommand.self,
            KeygenCommand.self,
        ])

    /// The arguments, spelt as `PathText` has it where they are not UTF-8: Swift would put other characters in the place of such bytes.
    static let arguments: [String] = (1..<max(1, Int(CommandLine.argc))).compactMap { CommandLine.unsafeArgv[$0] }.map { argument in
        let bytes = Array(UnsafeRawBufferPointer(start: argument, count: strlen(argument)))
        return PathText.ifNeeded(bytes) ?? String(decoding: bytes, as: UTF8.self)
    }

    static let verbs = configuration.subcommands.compactMap { $0.configuration.commandName }

    /// The parser would call a misspelt verb an unexpected argument.
    private static func checkVerb() throws {
        let word = arguments.first == "help" ? arguments.dropFirst().first : arguments.first
        guard let word, !word.hasPrefix("-"), word != "help", !verbs.contains(word) else { return }
        guard let meaning = ForeignWords.verb(word) else {
            let near = Suggestion.among(verbs, for: word)
            throw Failure(.usage, "there is no verb \"\(word)\": \(near)", hint: "`rekindle --help` shows them.")
        }
        throw Failure(.usage, "there is no verb \"\(word)\"", hint: "\(meaning.prefix(1).uppercased())\(meaning.dropFirst()).")
    }

    /// One that is closed would be given to the next file that is opened, a pack of the vault perhaps, and what is printed would go there.
    /// Opened the wrong way round, so that using it fails as on a closed one, and not for programs that are started.
    private static func holdStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", (descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC)
        }
    }

    /// Parses, runs, and ends with the status that the table in the help gives.
    static func main() {
        holdStandardDescriptors()
        signal(SIGPIPE, SIG_IGN)
        setlocale(LC_CTYPE, "C.UTF-8")
        // Threads share what others have freed: buffers are large, and each arena would keep its own.
        mallopt(M_ARENA_MAX, 2)
        // Without it, as in a bare chroot, Swift finds no arguments: what was asked for would be answered with the help and status 0.
        guard access("/proc/self/cmdline", R_OK) == 0 else {
            Log.error(
                "/proc is not mounted, where this program finds its arguments and its open files. Run `mount -t proc proc /proc` and try again."
            )
            Glibc.exit(ExitStatus.failed.rawValue)
        }
        Invocation.current = Invocation(arguments)
        Log.format = Invocation.current.logFormat
        do {
            try checkVerb()
            var command = try parseAsRoot(arguments)
            Log.started()
            try command.run()
            ExitStatus.success.end()
        } catch {
            ExitStatus(error).end(with: error)
        }
    }
}
