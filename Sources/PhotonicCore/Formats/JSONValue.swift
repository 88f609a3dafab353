internal import StrictYAML

/// A value of a JSON text, and the line that it begins in.
struct JSONValue: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case null
        case flag(Bool)
        /// May be infinite or no number: Python writes `NaN` and `Infinity`.
        case number(Double)
        case string(String)
        case array([JSONValue])
        /// In the order of the text; no key twice.
        case object([JSONMember])
    }

    let content: Content
    let line: Int

    /// The name of the type, for messages.
    var kind: String {
        switch content {
        case .null: "null"
        case .flag: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

struct JSONMember: Sendable, Equatable {
    let key: String
    let value: JSONValue
}

extension JSONValue {
    var members: [JSONMember] { if case .object(let members) = content { members } else { [] } }

    subscript(key: String) -> JSONValue? { members.first { $0.key == key }?.value }

    func object(_ what: @autoclosure () -> String) throws(DataProblem) -> [JSONMember] {
        guard case .object(let members) = content else { throw DataProblem("\(what()) is \(kind), not an object.", line: line) }
        return members
    }

    func array(_ what: @autoclosure () -> String) throws(DataProblem) -> [JSONValue] {
        guard case .array(let items) = content else { throw DataProblem("\(what()) is \(kind), not a list.", line: line) }
        return items
    }

    func number(_ what: @autoclosure () -> String) throws(DataProblem) -> Double {
        guard case .number(let number) = content else { throw DataProblem("\(what()) is \(kind), not a number.", line: line) }
        return number
    }

    func string(_ what: @autoclosure () -> String) throws(DataProblem) -> String {
        guard case .string(let string) = content else { throw DataProblem("\(what()) is \(kind), not a string.", line: line) }
        return string
    }

    /// A whole number from `range`.
    func count(_ what: @autoclosure () -> String, _ range: ClosedRange<Int>) throws(DataProblem) -> Int {
        let number = try number(what())
        guard let count = Int(exactly: number), range.contains(count) else {
            throw DataProblem("\(what()) is \(number), not a whole number from \(range.lowerBound) to \(range.upperBound).", line: line)
        }
        return count
    }

    func numbers(_ what: @autoclosure () -> String) throws(DataProblem) -> [Double] {
        var numbers: [Double] = []
        for item in try array(what()) { numbers.append(try item.number("an element of \(what())")) }
        return numbers
    }

    /// What stands under a key, which must be there.
    func required(_ key: String, of what: @autoclosure () -> String) throws(DataProblem) -> JSONValue {
        _ = try object(what())
        guard let value = self[key] else { throw DataProblem("\(what()) has no \"\(key)\".", line: line) }
        return value
    }

    /// All that it says, whatever the order of its keys.
    func add(to sketch: inout Sketch) {
        switch content {
        case .number(let number): sketch.add(number)
        case .string(let text): sketch.add(bits: Array(text.utf8)[...])
        case .flag(let flag): sketch.add(flag ? 1 : 0)
        case .null: break
        case .array(let items): for item in items { item.add(to: &sketch) }
        case .object(let members):
            for member in members.sorted(by: { $0.key < $1.key }) {
                sketch.add(bits: Array(member.key.utf8)[...])
                member.value.add(to: &sketch)
            }
        }
    }

    /// How it is built: keys, kinds and lengths.
    func add(formTo sketch: inout Sketch) {
        sketch.add(text: kind)
        switch content {
        case .array(let items):
            sketch.add(text: "\(items.count)")
            for item in items { item.add(formTo: &sketch) }
        case .object(let members):
            sketch.add(text: "\(members.count)")
            for member in members.sorted(by: { $0.key < $1.key }) {
                sketch.add(text: member.key)
                member.value.add(formTo: &sketch)
            }
        case .number, .string, .flag, .null: break
        }
    }

    /// All that it says and how it is built, in a few numbers.
    var digest: [Double] {
        var sketch = Sketch()
        add(to: &sketch)
        add(formTo: &sketch)
        return sketch.values
    }
}
