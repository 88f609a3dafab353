extension String {
    /// The text in lines of so many letters, broken between words where that is possible; at least one line.
    public func wrapped(to width: Int) -> [String] {
        var (lines, rest) = ([String](), self[...])
        while rest.count > width {
            let end = rest.prefix(width + 1).lastIndex(of: " ") ?? rest.index(rest.startIndex, offsetBy: width)
            lines.append(String(rest[..<end]))
            rest = rest[end...].drop { $0 == " " }
        }
        return lines + (rest.isEmpty && !lines.isEmpty ? [] : [String(rest)])
    }
}
