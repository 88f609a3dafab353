import Core
import Tarball
import Vault

/// Names, modes and times as a terminal shows them; for figures see `Figures`.
enum Format {
    /// `drwxr-sr-x`
    static func mode(_ entry: TreeEntry) -> String {
        let type =
            switch entry.kind {
            case .file: entry.hardLink == nil ? "-" : "h"
            case .directory: "d"
            case .symbolicLink: "l"
            case .fifo: "p"
            case .characterDevice: "c"
            case .blockDevice: "b"
            }
        var letters = Array("rwxrwxrwx")
        for index in 0..<9 where entry.mode & (0o400 >> UInt16(index)) == 0 { letters[index] = "-" }
        for (index, bit, letter) in [(2, 0o4000, "s"), (5, 0o2000, "s"), (8, 0o1000, "t")] as [(Int, UInt16, Character)]
        where entry.mode & bit != 0 {
            letters[index] = letters[index] == "-" ? Character(letter.uppercased()) : letter
        }
        return type + String(letters)
    }

    static func time(_ time: TreeEntry.Time) -> String {
        let (milliseconds, isTooLarge) = time.seconds.multipliedReportingOverflow(by: 1000)
        return isTooLarge || milliseconds < 0 ? "@\(time.seconds)" : Timestamp(milliseconds: milliseconds).forPeople
    }

    static func path(_ path: TreePath) -> String { path.description }

    /// A text with what a terminal would obey shown as `\ooo`.
    static func printable(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && !(0x80..<0xA0).contains($0.value) }) { return text }
        return text.unicodeScalars.map { scalar in
            if scalar.value >= 0x20, scalar.value != 0x7F, !(0x80..<0xA0).contains(scalar.value) { return String(scalar) }
            let octal = String(scalar.value, radix: 8)
            return "\\" + String(repeating: "0", count: max(0, 3 - octal.count)) + octal
        }.joined()
    }
}

extension Timestamp {
    /// nil where no calendar reaches.
    init?(modified time: TreeEntry.Time) {
        guard (0..<253_402_300_800).contains(time.seconds) else { return nil }
        self.init(milliseconds: time.seconds * 1000 + Int64(time.nanoseconds) / 1_000_000)
    }
}
