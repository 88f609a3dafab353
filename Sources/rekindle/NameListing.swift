import Core
import Operations

/// One path that a dry run names.
struct PathNotice: Encodable {
    /// What would become of it: added, changed, removed.
    let change: ChangeKind
    /// With what is not UTF-8 spelt `\\ooo`.
    let path: String
}

/// The paths that a dry run names, printed as they come: there may be more of them than fit into memory.
final class NameListing: Sendable {
    private let list = Monitor<JSONOutput.List?>(nil)
    private let json: Bool

    init(json: Bool) { self.json = json }

    func add(_ kind: ChangeKind, _ path: String) {
        guard json else { return Output.line("\(kind.mark) \(path)") }
        list.withLock { list in
            var open = list ?? JSONOutput.List("changes")
            // Of strings alone: it cannot fail to be encoded.
            do { try open.add(PathNotice(change: kind, path: path)) } catch {}
            list = open
        }
    }

    /// The document with the report's own fields behind the list.
    func end(_ report: some Encodable, _ outcome: Outcome) throws {
        let open = list.withLock { $0 } ?? JSONOutput.List("changes")
        try open.end(report, outcome)
    }

    /// Ends a list that has begun, where there will be no report.
    func end(broken error: any Error) {
        guard let open = list.withLock({ $0 }) else { return }
        do { try open.end(NoReport(), broken: error) } catch {}
    }
}
