public import ArgumentParser
import Core
import Kubernetes
import Operations
import Policy
import Proof
import Restorer
import Tarball
import Vault

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring a snapshot back, and prove it.",
        usage:
            "rekindle restore <snapshot> --target <dir> [<options>]\nrekindle restore <snapshot> --in-place [<options>]\nrekindle restore <snapshot> --cluster [<context>] [<options>]",
        discussion: """
            Datasets become folders of the target. Every digest is checked while \
            writing; a file that is there and identical is left alone, so a restore that \
            was stopped is resumed by running it again. With --policy its validations \
            run over what was restored.

              rekindle restore latest --target /srv/back --policy policy.yaml
              rekindle restore @2026-02-03 --target /srv --include 'app-data/weights'
              rekindle restore latest --in-place --delete

            --include and --exclude take patterns as `ls` and `find` do: 'weights/*.f32' \
            at every depth, '/data/x' from the top of the snapshot or of a dataset, \
            '/srv/x' as on the machine, {a,b}, **; --exclude '!x' takes x back. An \
            --include that matches nothing is a mistake (status 2).

            With --cluster the manifests go back into a cluster: first the plan, then \
            server-side apply in the order in which objects need each other, then \
            waiting until they are ready. What is there and differs is left alone unless \
            --existing says otherwise.

              rekindle restore latest --cluster --identity photon.key --dry-run
              rekindle restore latest --cluster dr-site --identity photon.key \\
                  --namespace photon-neuro=photon-test
              rekindle restore latest --cluster dr-site --hold --target /mnt

            With --hold workloads start when their data is back; with --include or \
            --exclude the self-tests are not run, since they need all of it.
            """)

    @Argument(help: SnapshotWords.help(valueName: "snapshot"), completion: .snapshot) var chosen: String?
    @OptionGroup var common: CommonOptions
    @OptionGroup(title: "Cluster") var clusterOptions: ClusterOptions
    @OptionGroup(title: "What of it, and how") var applyOptions: ApplyOptions
    @Option(help: ArgumentHelp("Where to; made if it is missing.", valueName: "dir"), completion: .directory) var target: String?
    @Flag(help: "Each dataset back to the directory that it came from.") var inPlace = false
    @Option(help: ArgumentHelp("Only what matches, with all beneath it; may be repeated.", valueName: "glob")) var include: [String] = []
    @Option(help: ArgumentHelp("Not what matches; may be repeated.", valueName: "glob")) var exclude: [String] = []
    @Option(
        help: ArgumentHelp(
            "Files that are there already: write all anew, replace those that differ, or keep them.", valueName: "always|changed|never"))
    var overwrite = RestoreOptions.Overwrite.changed
    @Flag(help: "Remove what the snapshot does not have from the directories that it restores.") var delete = false
    @Flag(help: "Only say what would be done, by name.") var dryRun = false
    @Flag(name: .shortAndLong, help: "Name each path as it is restored, and every object of a plan, however many there are.")
    var verbose = false
    @Flag(help: "Leave the policy's validations out.") var skipValidation = false

    private var snapshot: String { chosen ?? "" }

    /// Not `validate`: the parser would ask that before it tells of an option that there is not.
    private func checkArguments() throws {
        guard chosen != nil else {
            // What follows --cluster is its context, and may have been meant for the snapshot.
            let taken = clusterOptions.cluster.flatMap { $0.isEmpty ? nil : $0 }
            let hint = taken.map { " \"\($0)\" was taken for the context: write `rekindle restore \($0) --cluster`." }
            throw UsageProblem.of("restore", "missing expected argument '<snapshot>'.\(hint ?? "")")
        }
        let places = [target != nil, inPlace, clusterOptions.cluster != nil].count { $0 }
        let holdsForData = clusterOptions.cluster != nil && applyOptions.hold && target != nil && !inPlace
        if places != 1, !holdsForData { throw UsageProblem.of("restore", "give one of --target DIR, --in-place and --cluster") }
        if clusterOptions.isStray || clusterOptions.cluster == nil && applyOptions.isGiven {
            throw UsageProblem.of("restore", "that option goes with --cluster")
        }
        if clusterOptions.cluster != nil, delete || !include.isEmpty || !exclude.isEmpty {
            throw UsageProblem.of("restore", "--include, --exclude and --delete are for files; a cluster has --namespace and --kind")
        }
    }

    func run() throws {
        try checkArguments()
        let names = NameListing(json: common.json)
        let session = try common.begin(change: dryRun ? names.add : verbose ? Log.change : nil)
        let steps = dryRun || skipValidation ? [] : session.policy.map { PolicyRequest($0, file: common.policy ?? "").validation() } ?? []
        let isOfFiles = clusterOptions.cluster == nil || target != nil
        let request = RestoreAndProve.Request(
            files: isOfFiles ? try files(session) : nil, cluster: clusterOptions.cluster == nil ? nil : try cluster(session), steps: steps)
        let repository = try session.repository()
        let report: RestoreAndProve.Report
        do {
            report = try session.show {
                try RestoreAndProve(request, in: repository, progress: session.progress, cancellation: session.cancellation)
                    .run(announcement)
            }
        } catch {
            names.end(broken: error)
            throw error
        }
        Output.isReport = true
        if common.json { try dryRun ? names.end(report, report.outcome) : JSONOutput.print(report, report.outcome) }
        show(report, isText: !common.json && !common.isQuiet(report.outcome))
        try ExitStatus.conclude(report.outcome)
    }

    private var announcement: RestoreAndProve.Announcement {
        .init { snapshot, target in
            if !common.json { Log.info("\(snapshot.text), to \(target)") }
        } plan: { plan, target in
            if common.json || common.quiet { return }
            ProgressDisplay.pause { ClusterRestoreRendering.show(plan, for: target, isWhole: verbose) }
            for warning in plan.warnings { Log.warning(Format.printable(warning)) }
        }
    }

    private func files(_ session: Session) throws -> RestoreRequest {
        var request = RestoreRequest(snapshot: snapshot, target: target.map { .directory($0) } ?? .origin)
        request.policy = session.policy?.name
        request.host = session.host
        if let negated = include.first(where: { $0.hasPrefix("!") }) {
            throw UsageProblem.of("restore", "an include takes nothing away: write --exclude '\(negated.dropFirst())'")
        }
        request.options.filter = PathFilter(include: try include.globs(), exclude: try exclude.globs())
        request.options.overwrite = overwrite
        request.options.deletes = delete
        request.options.isDryRun = dryRun
        return request
    }

    private func cluster(_ session: Session) throws -> ClusterRestoreRequest {
        var request = try clusterOptions.request(snapshot: snapshot, policy: session.policy)
        request.host = session.host
        request.kinds = applyOptions.kinds
        request.exclusion = try applyOptions.exclusion()
        request.existing = applyOptions.existing ?? .skip
        request.holds = applyOptions.hold
        request.isDryRun = dryRun
        return request
    }

    private func show(_ report: RestoreAndProve.Report, isText: Bool) {
        guard let cluster = report.cluster else {
            if let files = report.files { RestoreRendering(files, report.results).print(isText: isText) }
            return
        }
        if let files = report.files, isText { RestoreRendering(files, []).print(isText: true) }
        ClusterRestoreRendering.print(cluster, report.results, files: report.files, isText: isText, isWhole: verbose)
    }
}

/// Which objects of a snapshot go into a cluster, and how to treat objects that exist.
struct ApplyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Only these kinds, as deployment or secret,deployment.apps.", valueName: "kind")) var kind: [String] = []
    @Option(help: ArgumentHelp("What happens to objects that are there and differ; skip unless given.", valueName: "skip|update|fail"))
    var existing: ExistingObjects?
    @Flag(
        help:
            "Workloads with nothing running, until the data is in --target, or until you restore again with --existing update and without this."
    ) var hold = false

    @Option(
        name: .customLong("exclude-object"),
        help: ArgumentHelp("Not this one, as configmap/settings; * stands for any letters; may be repeated.", valueName: "kind/name"))
    var excludedObjects: [String] = []
    @Option(name: .customLong("exclude-kind"), help: ArgumentHelp("Not these kinds, as secret,configmap.", valueName: "kind"))
    var excludedKinds: [String] = []
    @Option(
        name: .customLong("exclude-label"), help: ArgumentHelp("Not what carries this label; may be repeated.", valueName: "key[=value]"))
    var excludedLabels: [String] = []
    @Option(
        name: .customLong("exclude-annotation"),
        help: ArgumentHelp("Not what carries this annotation; may be repeated.", valueName: "key[=value]"))
    var excludedAnnotations: [String] = []

    /// Words between commas. An empty one stays, as a kind that there is not: no kind at all would mean all of them.
    private func kinds(in options: [String]) -> [String] {
        options.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    var kinds: [String] { kinds(in: kind) }

    /// - Throws: a usage error for what names no object.
    func exclusion() throws -> ObjectExclusion {
        if let wrong = excludedObjects.first(where: { !(2...3).contains($0.split(separator: "/", omittingEmptySubsequences: false).count) })
        {
            throw UsageProblem.of("restore", "--exclude-object \(wrong): write kind/name, or kind/namespace/name")
        }
        var exclusion = ObjectExclusion()
        (exclusion.objects, exclusion.kinds) = (excludedObjects, kinds(in: excludedKinds))
        (exclusion.labels, exclusion.annotations) = (excludedLabels, excludedAnnotations)
        return exclusion
    }

    private var excludes: [String] { excludedObjects + excludedKinds + excludedLabels + excludedAnnotations }

    var isGiven: Bool { !kind.isEmpty || hold || existing != nil || !excludes.isEmpty }
}

extension RestoreOptions.Overwrite: ExpressibleByArgument {}
extension ExistingObjects: ExpressibleByArgument {}
