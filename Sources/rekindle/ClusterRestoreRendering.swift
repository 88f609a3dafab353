import Core
import Kubernetes
import Operations
import Proof
import Reports
import Restorer
import Tarball
import Vault

/// A restore into a cluster for people and for programs.
struct ClusterRestoreRendering {
    /// More rows than these nobody reads.
    private static let rowsMax = 40

    /// What will be done: what stays as it is is only counted.
    ///
    /// - Parameter isWhole: each object, however many there are.
    static func show(_ plan: ApplyPlan, for target: String, isWhole: Bool = false) {
        Output.line("into \(target)")
        let items = plan.items.filter { $0.action != .unchanged }
        if isWhole || items.count <= rowsMax { list(items) } else { summarize(items) }
        let counts = ApplyAction.allCases.filter { plan.count($0) > 0 }.map { "\(Figures.count(plan.count($0))) \($0.rawValue)" }
        Output.line("plan: \(counts.isEmpty ? "nothing to do" : counts.joined(separator: ", "))")
        Output.flush()
    }

    private static func list(_ items: [ApplyPlan.Item]) {
        var table = Table([("action", .left), ("kind", .left), ("namespace", .left), ("name", .left), ("why", .left)])
        for item in items {
            table.add(
                item.action.rawValue, item.object.key.resource, item.object.key.namespace ?? "–", item.object.key.name, item.reason ?? "")
        }
        if !items.isEmpty { Output.write(Array(table.text.utf8)) }
    }

    /// How many of each kind; and by name what will not be as the snapshot has it.
    private static func summarize(_ items: [ApplyPlan.Item]) {
        var counts: [String: [ApplyAction: Int]] = [:]
        for item in items { counts[item.object.key.resource, default: [:]][item.action, default: 0] += 1 }
        let actions = ApplyAction.allCases.filter { action in items.contains { $0.action == action } }
        var table = Table([("kind", .left)] + actions.map { ($0.rawValue, .right) })
        for (kind, count) in counts.sorted(by: { $0.key < $1.key }) {
            table.add(row: [kind] + actions.map { count[$0].map(Figures.count) ?? "" })
        }
        Output.write(Array(table.text.utf8))
        for action in [ApplyAction.skip, .later, .impossible, .conflict] {
            let objects = items.filter { $0.action == action }.map { (key: $0.object.key, reason: $0.reason ?? "") }
            for line in ObjectGroups.lines(objects) { Output.line("\(action.rawValue)  \(Format.printable(line))") }
        }
        Output.line("-v lists every object")
    }

    /// - Parameter isWhole: each object by itself, however many are alike.
    static func print(
        _ report: ClusterRestoreReport, _ results: [Validation.Result], files: RestoreReport?, isText: Bool, isWhole: Bool = false
    ) {
        if isText { text(report, results, files) }
        report.allFindings.listed.forEach(Log.finding)
        for problem in report.unreadable { Log.error("\(Format.printable(problem.path)): \(problem.reason)") }
        for line in ObjectGroups.lines(report.missed, isWhole: isWhole) { Log.error(Format.printable(line)) }
        if let reason = report.heldReason { Log.error("workloads stay held: \(reason)") }
        if let reason = report.cutShort { Log.error("the restore ended before all of it was tried: \(reason)") }
        if let failure = report.waitFailure { Log.error(failure) }
        let waiting = report.waiting.map { (key: $0.object, reason: $0.reason) }
        for line in ObjectGroups.lines(waiting, state: "not ready", isWhole: isWhole) { Log.error(Format.printable(line)) }
        for damaged in report.passedOver { Log.error(damaged.asPassedOver) }
        Output.flush()
    }

    private static func text(_ report: ClusterRestoreReport, _ results: [Validation.Result], _ files: RestoreReport?) {
        let result = report.result
        let place = "snapshot \(report.snapshot.shortID), \(report.snapshot.record.time.forPeople) UTC, in \(report.target)"
        if report.plan.count(.conflict) > 0 {
            let count = report.plan.count(.conflict)
            Output.line("nothing was changed: \(Figures.plural(count, "object")) of \(place) \(count == 1 ? "stands" : "stand") in the way")
            let standing = report.plan.items.filter { $0.action == .conflict }.map { (key: $0.object.key, reason: $0.reason ?? "") }
            for line in ObjectGroups.lines(standing) { Output.line("in the way: \(Format.printable(line))") }
            Output.line(
                "--existing skip leaves what is there, --existing update makes it what the snapshot has; --exclude-object leaves one out"
            )
            return
        }
        let verb = report.isDryRun ? "dry run: the server would take" : report.isComplete ? "restored" : "restored only in part:"
        var late = report.waiting.isEmpty ? "" : "; \(Figures.count(report.waiting.count)) not ready in time"
        if !report.emptyClaims.isEmpty, !report.isDryRun { late += "; \(Figures.plural(report.emptyClaims.count, "claim")) without data" }
        let isAll = result.created + result.updated == 0 && report.isComplete && result.skipped == 0 && !report.isDryRun && report.held == 0
        Output.line(
            isAll
                ? "all \(Figures.plural(result.unchanged, "object")) of \(place) are there as the snapshot has them\(late)"
                : "\(verb) \(Figures.plural(result.created + result.updated, "object")) of \(place)\(late)")
        let (created, updated) = report.isDryRun ? ("create", "update") : ("created", "updated")
        Output.line(
            "\(created) \(Figures.count(result.created)), \(updated) \(Figures.count(result.updated)), unchanged \(Figures.count(result.unchanged)), skipped \(Figures.count(result.skipped)), failed \(Figures.count(result.failures.count))"
        )
        if result.unchecked > 0 {
            Output.line(
                "\(Figures.plural(result.unchecked, "object")) could not be checked: their namespace or definition is not there yet")
        }
        if result.skipped > 0 { Output.line("--existing update makes what was skipped what the snapshot has") }
        if report.held > 0 {
            let next =
                report.heldReason == nil && files == nil
                ? "the same again with --existing update and without --hold starts them" : "the same again goes on when that is mended"
            Output.line(
                "held: \(Figures.plural(report.held, "object")) (workloads at zero, autoscalers, webhooks and quotas not made yet) until the data is back; \(next)"
            )
        }
        Output.line("in \(Figures.duration(milliseconds: report.durationMilliseconds))")
        RestoreRendering.print(results)
    }

}

extension ClusterRestoreReport {
    /// Objects that should be there and are not, each with the reason.
    fileprivate var missed: [(key: ObjectKey, reason: String)] {
        let standing = plan.items.filter { $0.action == .impossible || $0.action == .later && !isDryRun }
        return result.failures.map { (key: $0.object, reason: $0.reason) } + standing.map { (key: $0.object.key, reason: $0.reason ?? "") }
    }
}
