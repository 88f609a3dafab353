import ArgumentParser
import Core
import Operations
import Policy
import Reports
import Tarball
import Vault

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check the vault: every stored byte, every index, every snapshot.",
        usage: "rekindle verify [<snapshot>] [--deep] [--sample <N/M>] [<options>]",
        discussion: """
            Without options every stored byte is read and compared with the name it is \
            stored under, every index with its packs, and every snapshot is followed \
            down to its last blob. Damage is named, with the snapshots and paths that it \
            reaches; the exit status is 4.

              rekindle verify --deep           decode and compare everything
              rekindle verify --sample 3/7     a week of nights reads all
            """)

    @Argument(help: "Only this snapshot and what it needs.", completion: .snapshot) var snapshot: String?
    @OptionGroup var common: CommonOptions
    @Flag(help: "Decode everything and compare every blob and every whole file.") var deep = false
    @Option(help: ArgumentHelp("Read only part N of M of the packs.", valueName: "N/M")) var sample: Sample?

    struct Sample: ExpressibleByArgument {
        let value: VerifyOptions.Sample

        init?(argument: String) {
            let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 2, let number = parts[0], let count = parts[1],
                let value = VerifyOptions.Sample(number: number, count: count)
            else {
                return nil
            }
            self.value = value
        }
    }

    func run() throws {
        let session = try common.begin()
        var request = Verify.Request()
        request.snapshot = snapshot
        request.policy = session.policy?.name
        request.host = session.host
        request.isDeep = deep
        request.sample = sample?.value
        let repository = try session.repository()
        let report = try session.show {
            try Verify(request, in: repository, progress: session.progress, cancellation: session.cancellation).run()
        }
        Output.isReport = true
        if common.json {
            try JSONOutput.print(report, report.outcome)
        } else if !common.isQuiet(report.outcome) {
            printText(report)
        }
        Output.flush()
        try ExitStatus.conclude(report.outcome)
    }

    private func printText(_ report: VerifyReport) {
        for damage in report.damage { Output.line("\(Style.damaged)  \(Format.printable("\(damage.object): \(damage.reason)"))") }
        for affected in report.affected {
            Output.line(
                "AFFECTED snapshot \(affected.snapshot.hex.prefix(10)) of \(affected.time.forPeople): \(Figures.plural(affected.pathCount, "path"))"
            )
            for reason in affected.treeDamage { Output.line("           its tree: \(Format.printable(reason))") }
            for path in affected.paths { Output.line("           \(Format.printable(path))") }
            if affected.pathCount > affected.paths.count {
                Output.line("           and \(Figures.count(affected.pathCount - affected.paths.count)) more")
            }
        }
        for note in report.notes { Output.line("note: \(Format.printable(note))") }
        let read = "\(Figures.count(report.packsRead)) of \(Figures.plural(report.packs, "pack")) (\(Figures.size(report.bytesRead)))"
        Output.line(
            "read \(read), \(Figures.plural(report.blobs, "blob")), \(Figures.plural(report.snapshots, "snapshot")), \(Figures.count(report.paths)) paths in \(Figures.duration(milliseconds: report.durationMilliseconds))"
        )
        Output.line(
            report.isSound
                ? "\(snapshot == nil && sample == nil ? "the vault" : "what was checked") is sound\(deep ? ", decoded and compared" : "")"
                : "the vault is \(Style.damaged): what is not named above can still be restored")
    }
}
