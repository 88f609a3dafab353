import Core
internal import StrictYAML

/// The `drift` and `shrinks` of one check of a suite.
struct DriftDeclaration: Sendable {
    /// Of every response of the check.
    private var all: ResponseDrift?
    /// Of single ones: "outputs".
    private(set) var named: [String: ResponseDrift] = [:]
    /// Whether sizes may become less; nil: as the kind of check has it.
    private var shrinks: Bool

    private static let hint = "write anything, grows, or how far a value may go, as 1e-3; or {outputs: 1e-3} for single responses"

    /// - Parameter keepsSize: whether a size of this kind of check seldom becomes less.
    init(_ item: YAMLMapping, keepsSize: Bool) {
        shrinks = item.has("shrinks") ? item.flag("shrinks") : !keepsSize
        guard let value = item.value("drift") else { return }
        if let text = value.text {
            all = ResponseDrift(text)
            if all == nil { item.problems.add(value, "\"drift\" is no drift: \"\(Shown.short(text))\"", Self.hint) }
            return
        }
        guard case .mapping(let entries) = value.content, !entries.isEmpty else {
            item.problems.add(value, "\"drift\" is a word, a number, or a mapping, not \(value.kind)", Self.hint)
            return
        }
        for entry in entries {
            guard let name = entry.key.text, let drift = entry.value.text.flatMap(ResponseDrift.init) else {
                item.problems.add(entry.value, "\"drift\" is no drift: \(entry.value.kind)", Self.hint)
                continue
            }
            named[name] = drift
        }
    }

    /// For checks that no suite declares.
    init() { shrinks = true }

    /// - Parameter what: the response's name without its file.
    func drift(of what: String, _ kind: Response.Kind) -> ResponseDrift? {
        if let drift = named[what] { return kind == .digest ? drift.ofDigest : drift }
        switch (all, kind) {
        case (.anything, _), (.grows, .numbers), (.grows, .digest): return .anything
        case (.grows, .size): return .grows
        // What is exact has no distance: it may change, or, where nothing may, it may not.
        case (.within(let limit), .digest): return limit == 0 ? .within(0) : .anything
        case (.within(let limit), .numbers): return .within(limit)
        case (.within(0), .size): return .within(0)
        case (.within, .size), (nil, _): return kind == .size && !shrinks ? .grows : nil
        }
    }
}
