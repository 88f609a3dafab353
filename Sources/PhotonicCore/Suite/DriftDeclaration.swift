import Core
internal import StrictYAML

/// The `drift` and `shrinks` of one check of a suite.
struct DriftDeclaration: Sendable {
    /// Of every response of the check.
    private let all: ResponseDrift?
    /// Of single ones: "outputs".
    let named: [String: ResponseDrift]
    /// Whether sizes may become less.
    private let shrinks: Bool

    /// - Parameter keepsSize: whether a size of this kind of check seldom becomes less.
    init(_ item: YAMLMapping, keepsSize: Bool) {
        shrinks = item.has("shrinks") ? item.flag("shrinks") : !keepsSize
        (all, named) = item.drifts("drift", example: "{outputs: 1e-3}")
    }

    /// For checks that no suite declares.
    init() { (all, named, shrinks) = (nil, [:], true) }

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
