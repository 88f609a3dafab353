import Core
import Vault

/// The frame of a chart over time: days from left to right, an axis from zero upwards.
struct Plot {
    static let width = 320.0
    static let height = 190.0
    private static let left = 60.0
    private static let right = 10.0
    private static let top = 12.0
    private static let bottom = 26.0

    private let from: Int64
    private let to: Int64
    private let axis: Axis
    var drawing: Drawing

    /// - Parameters:
    ///   - from: milliseconds since 1970; at least a day before `to` is shown.
    ///   - label: a mark of the axis, for people.
    init(from: Int64, to: Int64, axis: Axis, label: (Double) -> String) {
        self.from = min(from, to - Timestamp.day)
        self.to = to
        self.axis = axis
        drawing = Drawing(width: Self.width, height: Self.height)
        for mark in axis.marks {
            drawing.line(from: (Self.left, y(mark)), to: (Self.width - Self.right, y(mark)), mark == 0 ? "axis" : "rule")
            drawing.text(label(mark), x: Self.left - 6, y: y(mark) + 4, "note", .end)
        }
        let baseline = Self.height - Self.bottom + 16
        drawing.text(day(self.from), x: Self.left, y: baseline, "note")
        drawing.text(day(to), x: Self.width - Self.right, y: baseline, "note", .end)
    }

    private func day(_ time: Int64) -> String { Day(of: Timestamp(milliseconds: time)).name }

    func x(_ time: Int64) -> Double {
        let share = Double(time - from) / Double(to - from)
        return Self.left + min(1, max(0, share)) * (Self.width - Self.left - Self.right)
    }

    func y(_ value: Double) -> Double {
        let height = Self.height - Self.top - Self.bottom
        return Self.top + height * (1 - min(1, max(0, value / axis.top)))
    }

    /// A dashed line at an objective, with its name; one that lies beyond what is drawn is only written.
    mutating func limit(_ value: Double, _ name: String) {
        guard value <= axis.top else {
            return drawing.text("\(name), above this", x: Self.width - Self.right, y: Self.top + 2, "note", .end)
        }
        drawing.line(from: (Self.left, y(value)), to: (Self.width - Self.right, y(value)), "limit")
        drawing.text(name, x: Self.width - Self.right, y: y(value) - 4, "note", .end)
    }
}
