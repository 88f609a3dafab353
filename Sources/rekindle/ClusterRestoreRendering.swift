import Kubernetes
import Operations
import Reports
import Tarball
import Vault

/// A restore into a cluster for people and for programs.
struct ClusterRestoreRendering {
    private struct Document: Encodable {
        struct Object: Encodable {
            let action: String?
            let kind: String
            let namespace: String?
            let name: String
            let reason: String?

            init(_ key: ObjectKey, action: String? = nil, reason: String?) {
                self.action = action
                kind = key.kind + (key.group.isEmpty ? "" : ".\(key.group)")
                namespace = key.namespace
                name = key.name
                self.reason = reason
            }
        }

        struct Problem: Encodable {
            let path: String
            let reason: String
        }

        let snapshot: String
        let time: String
        let target: String
        let dryRun: Bool
        let complete: Bool
        let plan: [Object]
        let created: Int
        let updated: Int
        let unchanged: Int
        let skipped: Int
        let unchecked: Int
        let conflicts: Int
        let failures: [Object]
        let unreadable: [Problem]
        let notReady: [Object]
        /// Workloads that were left with nothing running.
        let held: Int
        /// The restore of the data, where one was part of it.
        let files: RestoreRendering.Document?
        /// Datasets that the snapshot itself has only in part.
        let incompleteDatasets: [String]
        let notes: [String]
        let validation: [RestoreRendering.Document.Step]
        let durationMilliseconds: Int64
    }

    /// The table of what will be done: what stays as it is is only counted.
    static func show(_ plan: ApplyPlan, for target: String) {
        Output.line("into \(target)")
        var table = Table([("action", .left), ("kind", .left), ("namespace", .left), ("name", .left), ("why", .left)])
        for item in plan.items where item.action != .unchanged {
            let key = item.object.key
            table.add(item.action.rawValue, key.resource, key.namespace ?? "–", key.name, item.reason ?? "")
        }
        if plan.items.contains(where: { $0.action != .unchanged }) { Output.write(Array(table.text.utf8)) }
        let counts = ApplyAction.allCases.filter { plan.count($0) > 0 }.map { "\(Figures.count(plan.count($0))) \($0.rawValue)" }
        Output.line("plan: \(counts.isEmpty ? "nothing to do" : counts.joined(separator: ", "))")
        Output.flush()
    }

    static func print(_ report: ClusterRestoreReport, _ results: [Validation.Result], files: RestoreReport?, json: Bool) throws {
        if json {
            try Output.json(try document(report, results, files))
        } else {
            text(report, results, files)
        }
        for note in report.notes + report.plan.notes + report.result.notes { Log.note(note) }
        for dataset in report.incomplete {
            Log.warning(
                "\(dataset.name) is not complete in this snapshot: `rekindle show \(report.snapshot.shortID)` says what is missing or older than it."
            )
        }
        for problem in report.unreadable { Log.error("\(Format.printable(problem.path)): \(problem.reason)") }
        for failure in report.result.failures { Log.error("\(failure.object): \(failure.reason)") }
        for item in report.plan.items where item.action == .impossible { Log.error("\(item.object.key): \(item.reason ?? "")") }
        if let reason = report.heldReason { Log.error("workloads stay held: \(reason)") }
        if let failure = report.waitFailure { Log.error(failure) }
        for waiting in report.waiting { Log.error("\(waiting.object) is not ready: \(waiting.reason)") }
        for damaged in report.passedOver { Log.error(damaged.asPassedOver) }
        Output.flush()
    }

    private static func text(_ report: ClusterRestoreReport, _ results: [Validation.Result], _ files: RestoreReport?) {
        let result = report.result
        let place = "snapshot \(report.snapshot.shortID), \(report.snapshot.record.time.forPeople) UTC, in \(report.target)"
        if report.plan.count(.conflict) > 0 {
            let count = report.plan.count(.conflict)
            Output.line("nothing was changed: \(Figures.plural(count, "object")) of \(place) \(count == 1 ? "stands" : "stand") in the way")
            Output.line(
                "--existing skip leaves what is there, --existing update makes it what the snapshot has; --kind and --namespace leave others out"
            )
            return
        }
        let verb = report.isDryRun ? "dry run: the server would take" : report.isComplete ? "restored" : "restored only in part:"
        let late = report.waiting.isEmpty ? "" : "; \(Figures.count(report.waiting.count)) not ready in time"
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
                "held: \(Figures.plural(report.held, "object")) (workloads at zero, autoscalers and webhooks not made yet) until the data is back; \(next)"
            )
        }
        Output.line("in \(Figures.duration(milliseconds: report.durationMilliseconds))")
        RestoreRendering.print(results)
    }

    private static func document(
        _ report: ClusterRestoreReport, _ results: [Validation.Result], _ files: RestoreReport?
    ) throws -> Document {
        Document(
            snapshot: report.snapshot.id.hex, time: report.snapshot.record.time.description, target: report.target, dryRun: report.isDryRun,
            complete: report.isComplete,
            plan: report.plan.items.map { .init($0.object.key, action: $0.action.rawValue, reason: $0.reason) },
            created: report.result.created, updated: report.result.updated, unchanged: report.result.unchanged,
            skipped: report.result.skipped, unchecked: report.result.unchecked, conflicts: report.plan.count(.conflict),
            failures: report.result.failures.map { .init($0.object, reason: $0.reason) },
            unreadable: report.unreadable.map { .init(path: $0.path, reason: $0.reason) },
            notReady: report.waiting.map { .init($0.object, reason: $0.reason) }, held: report.held,
            files: files.map { RestoreRendering($0, []).document },
            incompleteDatasets: report.incomplete.map(\.name), notes: report.notes + report.plan.notes + report.result.notes,
            validation: results.map { .init($0) },
            durationMilliseconds: report.durationMilliseconds)
    }
}
