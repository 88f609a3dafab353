/// Which part of a cluster is captured. Kinds are written as kubectl takes them: "deployments", "deployment.apps", "*.example.com".
public struct CaptureScope: Sendable, Equatable {
    /// Empty: all of them.
    public var namespaces: [String] = []
    /// Empty: every kind that is not left out by default.
    public var kinds: [String] = []
    /// Of what is left out by default, such as "events".
    public var include: [String] = []
    public var exclude: [String] = []
    /// Single objects.
    public var exclusion = ObjectExclusion()
    /// A label selector for namespaced objects.
    public var selector: String?
    /// Whether cluster-scoped objects that the chosen namespaces use come along.
    public var includesRelated = true

    public init() {}

    func contains(_ resource: APIResource) -> Bool {
        if exclude.contains(where: resource.matches) { return false }
        if !kinds.isEmpty { return kinds.contains(where: resource.matches) }
        return !CaptureRules.isLeftOut(resource) || include.contains(where: resource.matches)
    }

    /// Whether a group may hold something of it, before anybody knows what it holds.
    func mayHold(group: String) -> Bool {
        func names(_ pattern: String) -> Bool { pattern.lowercased().hasSuffix(".\(group)") }
        // It has the namespaces: without them nobody knows which of those chosen are there.
        if group.isEmpty { return true }
        if exclude.contains(where: { $0.lowercased() == "*.\(group)" }) { return false }
        if !kinds.isEmpty { return kinds.contains { names($0) || !$0.contains(".") } }
        return !CaptureRules.isLeftOut(group: group) || include.contains(where: names)
    }

    /// Whether something of it may lie in a group that does not answer, among all that do.
    func isMissed(group: String, among resources: [APIResource]) -> Bool {
        if kinds.isEmpty { return true }
        return kinds.contains { word in
            word == "*" || word.lowercased().hasSuffix(".\(group)") || !word.contains(".") && !resources.contains { $0.matches(word) }
        }
    }

    /// Whether it was asked for by a word that does not mean everything: then it is read whole, also where it stands outside of namespaces.
    func names(_ resource: APIResource) -> Bool {
        !exclude.contains(where: resource.matches) && (kinds + include).contains { $0 != "*" && resource.matches($0) }
    }

    /// Whether what a list holds makes an application, and does not only come along with one: a selector is for what is in namespaces.
    public func asksFor(_ list: CaptureList) -> Bool {
        if list.resource.isNamespaced || names(list.resource) { return true }
        return selector == nil && list.resource.description != "namespaces"
    }

    /// Whether even what the cluster makes of it by itself is wanted.
    func includes(_ resource: APIResource) -> Bool { include.contains(where: resource.matches) }

    /// A word that means none of the kinds there are: likely misspelled.
    func unknownKind(among resources: [APIResource]) -> String? {
        (kinds + include).first { pattern in !resources.contains { $0.matches(pattern) } }
    }
}
