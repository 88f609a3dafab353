import Tarball
import Vault

/// Figures as people read them.
enum Format {
    /// `1.24 GiB`; three digits at the least, in powers of 1024.
    static func size(_ bytes: Int64) -> String {
        var value = Double(bytes)
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while value >= 999.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        if unit == 0 { return "\(bytes) B" }
        return "\(decimal(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)) \(units[unit])"
    }

    /// `0.31 s`, `12.4 s`, `3 min 05 s`, `2 h 07 min`.
    static func duration(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        if seconds < 10 { return "\(decimal(Double(milliseconds) / 1000, 2)) s" }
        if seconds < 60 { return "\(decimal(Double(milliseconds) / 1000, 1)) s" }
        if seconds < 3600 { return "\(seconds / 60) min \(twoDigits(seconds % 60)) s" }
        return "\(seconds / 3600) h \(twoDigits(seconds / 60 % 60)) min"
    }

    /// `53 600`: a thin gap between groups of three.
    static func count(_ number: Int64) -> String {
        var digits = String(number.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: " ")
    }

    static func count(_ number: Int) -> String { count(Int64(number)) }

    /// `1 file`, `2 files`.
    static func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }

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

    /// A name with what a terminal would obey shown as `\ooo`.
    static func path(_ path: TreePath) -> String { printable(path.description) }

    static func printable(_ text: String) -> String {
        if text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F && !(0x80..<0xA0).contains($0.value) }) { return text }
        return text.unicodeScalars.map { scalar in
            if scalar.value >= 0x20, scalar.value != 0x7F, !(0x80..<0xA0).contains(scalar.value) { return String(scalar) }
            let octal = String(scalar.value, radix: 8)
            return "\\" + String(repeating: "0", count: max(0, 3 - octal.count)) + octal
        }.joined()
    }

    private static func decimal(_ value: Double, _ places: Int) -> String {
        let scale = [1.0, 10, 100][places]
        let scaled = Int64((value * scale).rounded())
        if places == 0 { return String(scaled) }
        let fraction = String(scaled % Int64(scale))
        return "\(scaled / Int64(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }

    private static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Rows under headings, in columns as wide as what is in them; a column with nothing in it is left out.
struct Table {
    enum Alignment { case left, right }

    private let columns: [(heading: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(heading: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ cells: String...) { rows.append(cells.map(Format.printable)) }

    var text: String {
        let lines = [columns.map(\.heading)] + rows
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        let shown = columns.indices.filter { column in rows.isEmpty || rows.contains { !$0[column].isEmpty } }
        return lines.map { cells in
            var line = ""
            for column in shown {
                let cell = cells[column]
                let gap = String(repeating: " ", count: widths[column] - cell.count)
                line += columns[column].alignment == .right ? gap + cell : cell + gap
                line += "  "
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
