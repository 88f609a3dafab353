import Foundation

/// A change of a file that leaves it readable, and wrong.
struct Mutant: Sendable {
    /// What was done to what: "nudged components.laser.rin".
    let kind: String
    let bytes: Data
}

/// Every kind of change to a JSON document: each place, with each change that a value of its type can have. Indices of lists are no places of
/// their own.
struct JSONMutants {
    private enum Step: Hashable {
        case key(String)
        case index(Int)
    }

    private let root: Any

    /// - Parameter text: of the document.
    init(_ text: Data) throws { root = try JSONSerialization.jsonObject(with: text, options: .fragmentsAllowed) }

    /// The same document, as mutants are written.
    func original() throws -> Data { try JSONSerialization.data(withJSONObject: root, options: [.sortedKeys]) }

    /// In another order of keys, and on many lines.
    func reformatted() throws -> Data { try JSONSerialization.data(withJSONObject: root, options: [.prettyPrinted]) }

    /// - Parameter isWanted: places that are changed, by their pattern.
    func all(where isWanted: (String) -> Bool = { _ in true }) throws -> [Mutant] {
        var mutants: [Mutant] = []
        var seen: Set<String> = []
        let same = try original()
        for (path, value) in places(root, []) {
            let pattern = path.map { if case .key(let key) = $0 { key } else { "*" } }.joined(separator: ".")
            guard isWanted(pattern) else { continue }
            for (change, new) in Self.changes(of: value) where seen.insert("\(change) \(pattern)").inserted {
                let bytes = try JSONSerialization.data(withJSONObject: Self.replacing(root, path[...], new), options: [.sortedKeys])
                // Another spelling of the same number is no change.
                if try Self.isEqual(bytes, same) {
                    seen.remove("\(change) \(pattern)")
                } else {
                    mutants.append(Mutant(kind: "\(change) \(pattern)", bytes: bytes))
                }
            }
        }
        return mutants
    }

    private static func isEqual(_ left: Data, _ right: Data) throws -> Bool {
        func value(_ bytes: Data) throws -> NSObject? {
            try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed) as? NSObject
        }
        return try value(left) == value(right)
    }

    private func places(_ value: Any, _ path: [Step]) -> [([Step], Any)] {
        let below: [([Step], Any)] =
            switch value {
            case let object as [String: Any]:
                object.sorted { $0.key < $1.key }.flatMap { places($0.value, path + [.key($0.key)]) }
            // The first is changed, and one in the middle where that is no change.
            case let list as [Any]:
                Set([0, list.count / 2]).sorted().filter(list.indices.contains).flatMap { places(list[$0], path + [.index($0)]) }
            default: []
            }
        return path.isEmpty ? below : [(path, value)] + below
    }

    /// nil takes it away.
    private static func changes(of value: Any) -> [(String, Any?)] {
        switch value {
        case let text as String: return [("misspelt", text + "x")]
        case let list as [Any]:
            if list.isEmpty { return [] }
            var swapped = list
            swapped.swapAt(0, list.count - 1)
            return [("shortened", Array(list.dropLast())), ("repeated in", list + [list[0]]), ("swapped in", swapped)]
        case is [String: Any]: return [("removed", nil)]
        case let number as NSNumber:
            if String(cString: number.objCType) == "c" { return [("turned", !number.boolValue)] }
            let value = number.doubleValue
            return [("nudged", value.nextUp), ("scaled", value == 0 ? 1 : value * 1.25), ("removed", nil)]
        default: return [("removed", nil)]
        }
    }

    private static func replacing(_ value: Any, _ path: ArraySlice<Step>, _ new: Any?) -> Any {
        guard let step = path.first else { return new ?? NSNull() }
        let isLast = path.count == 1
        switch (step, value) {
        case (.key(let key), var object as [String: Any]):
            if isLast, new == nil { object[key] = nil } else { object[key] = replacing(object[key] as Any, path.dropFirst(), new) }
            return object
        case (.index(let index), var list as [Any]):
            if isLast, new == nil { list.remove(at: index) } else { list[index] = replacing(list[index], path.dropFirst(), new) }
            return list
        default: return value
        }
    }
}
