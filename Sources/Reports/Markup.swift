/// Text of HTML and SVG: what comes from outside goes in through `text` and attributes only, where it is escaped.
struct Markup {
    private(set) var source = ""

    /// An element around what `body` writes.
    mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ body: (inout Markup) -> Void) {
        open(name, attributes, end: ">")
        body(&self)
        source += "</\(name)>"
    }

    mutating func element(_ name: String, _ attributes: KeyValuePairs<String, String>, _ text: String) {
        element(name, attributes) { $0.text(text) }
    }

    mutating func element(_ name: String, _ text: String) { element(name, [:], text) }

    mutating func empty(_ name: String, _ attributes: KeyValuePairs<String, String>) {
        open(name, attributes, end: "/>")
    }

    mutating func lineBreak() { source += "<br>" }

    mutating func text(_ text: String) { source += Self.escaped(text) }

    mutating func line() { source += "\n" }

    /// Markup of this module's own, such as a style sheet or a drawing.
    mutating func own(_ markup: String) { source += markup }

    private mutating func open(_ name: String, _ attributes: KeyValuePairs<String, String>, end: String) {
        source += "<\(name)"
        for (key, value) in attributes { source += " \(key)=\"\(Self.escaped(value))\"" }
        source += end
    }

    /// Control characters are shown as what they are: no browser takes them.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case _ where isUnprintable(scalar): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Control characters, and those that turn the direction of all that follows.
    static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
            || (0x2066...0x2069).contains(scalar.value)
    }
}
