/// What a parser of command lines says, as this project's own sentences are: without a capital at the beginning and a full stop at the end.
public enum ParserSentence {
    /// The first letter stays where it may be a name's.
    public static func of(_ message: String) -> String {
        var text = message.split(separator: "\n").joined(separator: " ")
        if text.hasSuffix(".") { text.removeLast() }
        let isWord = text.dropFirst().first.map { $0.isLowercase || $0 == " " } ?? false
        return isWord ? text.prefix(1).lowercased() + text.dropFirst() : text
    }
}
