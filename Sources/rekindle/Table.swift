import Core
import Glibc

/// Rows under headings, in columns as wide as what is in them; a column with nothing in it is left out.
///
/// On a terminal that is too narrow the last column goes on in the next line; where that leaves no room, the last columns stand beneath their row;
/// and where less than half of the columns fit, each row is a list of its cells.
struct Table {
    enum Alignment { case left, right }

    private let columns: [(heading: String, alignment: Alignment)]
    private var rows: [Row] = []

    private struct Row {
        var cells: [String]
        /// What stands beneath it.
        var lines: [String] = []
    }

    init(_ columns: [(heading: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ cells: String...) { add(row: cells) }

    mutating func add(row cells: [String]) { rows.append(Row(cells: cells.map(Format.printable))) }

    /// A line beneath the last row.
    mutating func add(below line: String) { rows.indices.last.map { rows[$0].lines.append(Format.printable(line)) } }

    /// For standard output.
    var text: String { text(width: Output.isTerminal(STDOUT_FILENO) ? Output.width(STDOUT_FILENO) : nil, Style.standardOutput) }

    /// So much of the last column is enough to be read.
    private static let lastWidthMin = 20
    /// Fewer are no table.
    private static let columnsMin = 2
    private static let gap = "  "

    /// - Parameter width: nil: as wide as it comes.
    func text(width: Int?, _ style: Style) -> String {
        let shown = columns.indices.filter { column in rows.isEmpty || rows.contains { !$0.cells[column].isEmpty } }
        let widths = columns.indices.map { column in ([columns[column].heading] + rows.map { $0.cells[column] }).map(\.count).max() ?? 0 }
        guard let last = shown.last else { return "" }
        let before = shown.dropLast().reduce(0) { $0 + widths[$1] + Self.gap.count }
        guard let width, before + widths[last] > width else { return lines(shown, widths, style, lastWidth: nil) }
        let room = width - before
        if columns[last].alignment == .left, room >= Self.lastWidthMin { return lines(shown, widths, style, lastWidth: room) }
        var used = 0
        let fitting = shown.prefix { column in
            used += widths[column] + Self.gap.count
            return used - Self.gap.count <= width
        }
        return fitting.count < max(Self.columnsMin, (shown.count + 1) / 2)
            ? list(shown, style)
            : lines(Array(fitting), widths, style, lastWidth: nil, beneath: Array(shown.dropFirst(fitting.count)))
    }

    private func lines(_ shown: [Int], _ widths: [Int], _ style: Style, lastWidth: Int?, beneath: [Int] = []) -> String {
        func padded(_ cell: String, _ column: Int, _ painted: String) -> String {
            let space = String(repeating: " ", count: widths[column] - cell.count)
            return columns[column].alignment == .right ? space + painted : painted + space
        }
        func line(_ cells: [String], _ style: Style?) -> String {
            let front = shown.dropLast().map { padded(cells[$0], $0, style?.cell(cells[$0]) ?? cells[$0]) + Self.gap }.joined()
            guard let last = shown.last else { return front }
            let pieces = lastWidth.map { cells[last].wrapped(to: $0) } ?? [cells[last]]
            let indent = String(repeating: " ", count: shown.dropLast().reduce(0) { $0 + widths[$1] + Self.gap.count })
            return pieces.enumerated().map { number, piece in
                let painted = style?.cell(piece) ?? piece
                let cell = columns[last].alignment == .right ? padded(piece, last, painted) : painted
                return Self.trimmed((number == 0 ? front : indent) + cell) + "\n"
            }.joined()
        }
        return line(columns.map(\.heading), nil)
            + rows.map { row in
                let rest = beneath.filter { !row.cells[$0].isEmpty }.map { "\(columns[$0].heading): \(style.cell(row.cells[$0]))" }
                return line(row.cells, style) + (rest + row.lines).map { "    \($0)\n" }.joined()
            }.joined()
    }

    /// Each row as lines of heading and cell.
    private func list(_ shown: [Int], _ style: Style) -> String {
        let width = shown.map { columns[$0].heading.count }.max() ?? 0
        return rows.map { row in
            shown.filter { !row.cells[$0].isEmpty }.map { column in
                let heading = columns[column].heading
                let space = String(repeating: " ", count: width - heading.count)
                return Self.trimmed("\(heading)\(space)\(Self.gap)\(style.cell(row.cells[column]))") + "\n"
            }.joined() + row.lines.map { "    \($0)\n" }.joined()
        }.joined(separator: "\n")
    }

    private static func trimmed(_ line: String) -> String {
        var line = line
        while line.last == " " { line.removeLast() }
        return line
    }
}
