/// Results of tests as JUnit's own XML reporter writes them, and as continuous integration reads them.
public struct JUnit {
    /// One test.
    public struct Case {
        public enum Outcome {
            case passed
            case failed(String)
            /// It could not look.
            case error(String)
            case skipped(String)
        }

        let group: String
        let name: String
        let outcome: Outcome
        let output: [String]

        /// - Parameters:
        ///   - group: the file or the step that it is about.
        ///   - output: what a program printed.
        public init(_ name: String, of group: String, _ outcome: Outcome, output: [String] = []) {
            (self.name, self.group, self.outcome, self.output) = (name, group, outcome, output)
        }
    }

    private let name: String
    private let cases: [Case]
    private let properties: [(name: String, value: String)]

    public init(_ name: String, _ cases: [Case], properties: [(name: String, value: String)] = []) {
        (self.name, self.cases, self.properties) = (name, cases, properties)
    }

    public var text: String {
        func count(_ isCounted: (Case.Outcome) -> Bool) -> Int { cases.count { isCounted($0.outcome) } }
        let failures = count { if case .failed = $0 { true } else { false } }
        let errors = count { if case .error = $0 { true } else { false } }
        let skipped = count { if case .skipped = $0 { true } else { false } }
        var counts = "tests=\"\(cases.count)\" failures=\"\(failures)\""
        if errors > 0 { counts += " errors=\"\(errors)\"" }
        if skipped > 0 { counts += " skipped=\"\(skipped)\"" }
        let list = properties.map { "      <property name=\"\(Self.escaped($0.name))\" value=\"\(Self.escaped($0.value))\"/>\n" }.joined()
        let described = list.isEmpty ? "" : "    <properties>\n\(list)    </properties>\n"
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites \(counts)>
              <testsuite name="\(Self.escaped(name))" \(counts)>
            \(described)\(cases.map(Self.text).joined())  </testsuite>
            </testsuites>

            """
    }

    private static func text(_ test: Case) -> String {
        let attributes = "classname=\"\(escaped(test.group))\" name=\"\(escaped(test.name))\""
        let inside: String
        switch test.outcome {
        case .passed: return "    <testcase \(attributes)/>\n"
        case .failed(let why): inside = "<failure message=\"\(escaped(why))\"/>"
        case .error(let why): inside = "<error message=\"\(escaped(why))\"/>"
        case .skipped(let why): inside = "<skipped message=\"\(escaped(why))\"/>"
        }
        let lines = escaped(test.output.joined(separator: "\n"), keepsLines: true)
        let output = lines.isEmpty ? "" : "      <system-out>\(lines)</system-out>\n"
        return "    <testcase \(attributes)>\n      \(inside)\n\(output)    </testcase>\n"
    }

    private static func escaped(_ text: String, keepsLines: Bool = false) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "\n" where keepsLines: "\n"
            // XML has no way to say these.
            case ..<" ", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}": "?"
            default: String(scalar)
            }
        }.joined()
    }
}
