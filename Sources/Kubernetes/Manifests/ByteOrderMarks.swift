/// Keeps U+FEFF at the beginning of a string, where Yams (by way of Foundation) drops it: files written on Windows begin with one, and
/// ConfigMaps hold such files.
struct ByteOrderMarks {
    /// The text with a letter it does not otherwise hold before every such mark, written out or escaped.
    let guarded: String
    private let letter: Unicode.Scalar?

    init(_ document: DocumentText) throws(LineProblem) {
        let text = document.text
        guard Self.mayHoldMark(text) else {
            guarded = text
            letter = nil
            return
        }
        let lowercased = text.lowercased()
        // Of the private use area, which has no case and no meaning; its number must not stand in an escape either.
        let free = (0xF800...0xF8FF).lazy.compactMap { Unicode.Scalar(UInt32($0)) }.first { scalar in
            !lowercased.unicodeScalars.contains(scalar) && !lowercased.contains(String(scalar.value, radix: 16))
        }
        guard let free else {
            throw LineProblem(line: document.line, why: "the document holds byte order marks and every letter of the private use area too")
        }
        letter = free
        guarded = Self.insert(free, into: text)
    }

    /// A string read from the guarded text, as it stands in the original.
    func restored(_ string: String) -> String {
        guard let letter, string.unicodeScalars.contains(letter) else { return string }
        return String(String.UnicodeScalarView(string.unicodeScalars.filter { $0 != letter }))
    }

    /// A look at the bytes, which settles it for all but a few documents: U+FEFF itself, or the digits of its escape.
    private static func mayHoldMark(_ text: String) -> Bool {
        var recent: UInt32 = 0
        for byte in text.utf8 {
            recent = recent << 8 | UInt32(byte)
            // Setting the bit of the lower case in four bytes at once.
            if recent & 0xFF_FFFF == 0xEF_BBBF || recent | 0x2020_2020 == 0x6665_6666 { return true }
        }
        return false
    }

    /// Outside of double quotes a backslash escapes nothing, but there an inserted letter does no harm: it is taken out again.
    private static func insert(_ letter: Unicode.Scalar, into text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        var backslashes = 0
        for (position, scalar) in scalars.enumerated() {
            let isEscape = scalar == "\\" && backslashes.isMultiple(of: 2) && isMark(scalars[(position + 1)...].prefix(9))
            if scalar == "\u{FEFF}" || isEscape { result.append(letter) }
            result.append(scalar)
            backslashes = scalar == "\\" ? backslashes + 1 : 0
        }
        return String(result)
    }

    private static func isMark(_ escape: ArraySlice<Unicode.Scalar>) -> Bool {
        let text = String(String.UnicodeScalarView(escape))
        return (text.first == "u" && text.dropFirst().lowercased().hasPrefix("feff")) || text.lowercased() == "u0000feff"
    }
}
