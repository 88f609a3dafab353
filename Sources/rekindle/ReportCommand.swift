import ArgumentParser
import Core
import FileTree
import Operations
import Policy
import Reports
import Vault

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Write a report of nights, growth, verifications and drills.",
        usage: "rekindle report [--policy <file>] [--output <file>] [<options>]",
        discussion: """
            A page of HTML that needs nothing else, Markdown for a ticket, or JSON with \
            every number; of the last drill alone, JUnit's XML, or an in-toto statement \
            (predicate test-result) for auditors and admission controllers. What is in it was recorded by backups, verifications and \
            drills; nothing is read anew but the vault's lists.

              rekindle report --policy policies/photon-neuro.yaml -o report.html
              rekindle report --policy policies/photon-neuro.yaml --format markdown
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case html, markdown, json, junit
        case inToto = "in-toto"
    }

    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(
            "Else by the ending of the file: .html, .md or .json; else markdown.", valueName: "html|markdown|json|junit|in-toto"))
    var format: Format?
    @Option(name: .shortAndLong, help: ArgumentHelp("The file; else standard output.", valueName: "file"), completion: .file()) var output:
        String?
    @OptionGroup var window: WindowOption

    private var chosen: Format {
        if common.json { return .json }
        if let format { return format }
        let ending = output.map { $0.lowercased().split(separator: ".").last ?? "" } ?? ""
        return ending == "html" || ending == "htm" ? .html : ending == "json" ? .json : .markdown
    }

    func run() throws {
        let session = try common.begin()
        let status = try Status(try window.request(session), in: try session.repository()).run()
        let report = ProtectionReport(status, policy: session.policy?.name)
        for damaged in status.damagedEvidence { Log.warning("\(damaged.name): \(damaged.reason)") }
        let text =
            switch chosen {
            case .html: Array(HTMLReport.page(report).utf8)
            case .markdown: Array(MarkdownReport.text(report).utf8)
            case .json: try JSONOutput.encoded(report)
            case .junit: Array(DrillJUnit.text(try last(status)).utf8)
            case .inToto: try DrillStatement(try last(status), vault: status.vault).encoded()
            }
        guard let output else {
            Output.write(text)
            return Output.flush()
        }
        do { try OutputFile(output, cancellation: session.cancellation).write { try $0.write(text) } } catch let error as SystemError {
            throw Failure(.failed, "cannot write the report to \(output): \(error)")
        }
        Log.info("wrote \(output), \(Figures.size(Int64(text.count)))")
    }

    private func last(_ status: Status.Report) throws -> DrillEvidence {
        if let drill = status.drills.last { return drill }
        throw Failure(.usage, "there was no drill yet", hint: "`rekindle drill` makes one.")
    }
}

/// How far back verifications count; and what `status` and `report` ask for.
struct WindowOption: ParsableArguments {
    @Option(help: ArgumentHelp("Within so many weeks every stored byte should have been read.", valueName: "weeks")) var weeks = 4

    func request(_ session: Session) throws -> Status.Request {
        guard (1...520).contains(weeks) else { throw UsageProblem.of(Invocation.current.verb, "--weeks is a number from 1 to 520") }
        var request = Status.Request()
        request.policy = session.policy?.name
        request.host = session.host
        request.recoveryPoint = session.policy?.objectives.rpo
        request.recoveryTime = session.policy?.objectives.rto
        request.validations = session.policy?.validate.count
        request.windowDays = 7 * weeks
        return request
    }
}
