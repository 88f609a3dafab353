import ArgumentParser
import Core
import FoundationEssentials
import Kubernetes
import Operations
import Policy
import Reports
import Restorer
import Vault

struct DrillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Restore into a scratch place, validate, measure, remove: prove that it works.",
        usage: "rekindle drill [<snapshot>] --policy <file> [<options>]",
        discussion: """
            The snapshot is restored into a new directory, the policy's validations run \
            over it, and the directory is removed, also after a failure. What was done, \
            how long each part took, and whether the policy's objectives were met \
            (`rto`: the recovery's time; `rpo`: the age of the newest restorable data) \
            is written into the vault as evidence. The status is 0 only when all of it \
            passed, 5 when a validation failed or an objective was missed, 4 when the \
            vault is damaged.

            With --cluster the objects in namespaces are restored as well, into new \
            namespaces beside the old ones, which are removed afterwards. Nothing \
            outside of them is touched: no cluster-wide objects, custom resources, \
            ingresses or load balancers; schedules stand still, and volumes are new and \
            empty. Network policies deny all traffic beyond them; before anything runs, \
            a pod of the application's own image tries to reach the live application. \
            Where it does, or nobody knows, the drill stops, unless \
            --accept-no-isolation is given.

              rekindle drill --policy policies/photon-neuro.yaml
              rekindle drill --policy prod.yaml --cluster dr-site --identity photon.key
              rekindle drill @2026-02-03 --policy prod.yaml --scratch /mnt/big
              rekindle drill --random --policy prod.yaml

            `rekindle report --format junit` and `--format in-toto` give the last drill to \
            other programs.
            """)

    @Argument(help: SnapshotWords.help, completion: .snapshot) var snapshot = "latest"
    @OptionGroup var common: CommonOptions
    @Flag(help: "Any snapshot of the policy, drawn by lot: an old one should come back as well.") var random = false
    @OptionGroup(title: "Cluster") var clusterOptions: ClusterOptions
    @Flag(help: "In a cluster without an engine for network policies: what runs may reach whatever its configuration names.")
    var acceptNoIsolation = false
    @Option(help: ArgumentHelp("Where the scratch directory is made; else TMPDIR, else /tmp.", valueName: "dir"), completion: .directory)
    var scratch: String?

    static func scratchPlace(_ chosen: String?) -> String {
        chosen ?? ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    /// Not `validate`: the parser would ask that before it tells of an option that there is not.
    private func checkArguments() throws {
        if clusterOptions.isStray || acceptNoIsolation && clusterOptions.cluster == nil {
            throw UsageProblem.of("drill", "that option goes with --cluster")
        }
        if random, snapshot != "latest" { throw UsageProblem.of("drill", "--random draws the snapshot itself: name none") }
        if clusterOptions.namespace.contains(where: { $0.contains("=") }) {
            throw UsageProblem.of("drill", "a drill names its namespaces itself: --namespace NAME chooses one of the snapshot")
        }
    }

    func run() throws {
        try checkArguments()
        let session = try common.begin()
        guard let policy = session.policy else {
            throw UsageProblem.of("drill", "name the policy with --policy: it says what proves a restore")
        }
        var request = Drill.Request(
            snapshot: snapshot, steps: PolicyRequest(policy, file: common.policy ?? "").validation(),
            scratch: Self.scratchPlace(scratch))
        request.policy = policy.name
        (request.controls, request.isRandom) = (policy.controls, random)
        request.host = session.host
        request.recoveryPoint = policy.objectives.rpo
        request.recoveryTime = policy.objectives.rto
        if clusterOptions.cluster != nil {
            request.cluster = try clusterOptions.request(snapshot: snapshot, policy: policy)
            request.acceptsNoIsolation = acceptNoIsolation
        }
        let report = try session.show { [request] in
            try Drill(request, in: try session.repository(), progress: session.progress, cancellation: session.cancellation).run()
        }
        Output.isReport = true
        if common.json {
            try JSONOutput.print(report, report.outcome)
        } else if !common.isQuiet(report.outcome) {
            printText(report)
        }
        Output.flush()
        report.findings.listed.forEach(Log.finding)
        if policy.validate.isEmpty { Log.warning("the policy validates nothing: that bytes came back is all that was proven") }
        if let problem = report.evidenceProblem { Log.error(problem) }
        try ExitStatus.conclude(report.outcome)
    }

    private func printText(_ report: Drill.Report) {
        let evidence = report.evidence
        Output.line("drill of snapshot \(evidence.snapshot.prefix(10)), \(evidence.snapshotTime.forPeople) UTC")
        let missing = evidence.restored.damaged + evidence.restored.problems
        let how = missing == 0 ? "every byte checked" : "\(Figures.plural(missing, "path")) MISSING"
        Output.line("restored \(Figures.plural(evidence.restored.files, "file")) (\(Figures.size(evidence.restored.bytes))), \(how)")
        if let cluster = evidence.cluster {
            let names = cluster.namespaces.values.sorted().joined(separator: ", ")
            Output.line("created \(Figures.plural(cluster.created, "object")) in \(names), \(cluster.target)")
            if let isolation = cluster.isolation { Output.line("\(isolation.verdict.rawValue): \(Format.printable(isolation.detail))") }
        }
        RestoreRendering.print(report.results)
        var table = Table([("measured", .left), ("took", .right), ("objective", .right), ("", .left)])
        for phase in evidence.phases { table.add(phase.name, Figures.duration(milliseconds: phase.durationMilliseconds), "", "") }
        table.add(objective: evidence.recoveryTime, "recovery time (RTO)", of: evidence)
        if let point = evidence.recoveryPoint { table.add(objective: point, "recovery point (RPO)", of: evidence) }
        Output.write(table.text)
        for failure in evidence.failures { Output.line("\(Style.failed)  \(Format.printable(failure))") }
        Output.line("the drill \(evidence.passed ? "passed" : Style.failed)\(report.name.map { "; the evidence is \($0)" } ?? "")")
    }
}

extension Table {
    /// A drill that failed has met nothing, however soon it ended.
    fileprivate mutating func add(objective: DrillEvidence.Objective, _ name: String, of evidence: DrillEvidence) {
        add(
            name, Figures.duration(milliseconds: objective.measuredMilliseconds),
            objective.limitMilliseconds.map { Figures.duration(milliseconds: $0) } ?? "none set",
            objective.limitMilliseconds == nil ? "" : !objective.isMet ? "MISSED" : evidence.passed ? "met" : "")
    }
}
