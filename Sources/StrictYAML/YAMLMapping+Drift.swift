public import Core

extension YAMLMapping {
    /// What may change from one time to the next: of all responses, or of single ones by their names.
    ///
    /// - Parameter example: of a mapping, for who wrote something else.
    public func drifts(_ key: String, example: String) -> (all: ResponseDrift?, named: [String: ResponseDrift]) {
        guard let value = value(key) else { return (nil, [:]) }
        let hint = "write anything, grows, or how far a value may go, as 1e-3; or \(example) for single responses"
        func drift(_ node: YAMLNode) -> ResponseDrift? {
            if let drift = node.text.flatMap(ResponseDrift.init) { return drift }
            problems.add(node, "\"\(key)\" is no drift: \(node.kind)", hint)
            return nil
        }
        if value.text != nil { return (drift(value), [:]) }
        guard case .mapping(let entries) = value.content, !entries.isEmpty else {
            problems.add(value, "\"\(key)\" is a word, a number, or a mapping, not \(value.kind)", hint)
            return (nil, [:])
        }
        var named: [String: ResponseDrift] = [:]
        for entry in entries { if let name = entry.key.text { named[name] = drift(entry.value) } }
        return (nil, named)
    }
}
