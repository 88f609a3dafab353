import Foundation

/// A picture in SVG, in the colours of the page's style sheet.
struct Drawing {
    private let width: Double
    private let height: Double
    private var body = Markup()

    init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

    /// The whole, as it stands in a page: with a text for who does not see it.
    func source(title: String, description: String) -> String {
        var svg = Markup()
        svg.element(
            "svg", ["viewBox": "0 0 \(Self.number(width)) \(Self.number(height))", "role": "img", "aria-label": "\(title). \(description)"]
        ) { $0.own(body.source) }
        return svg.source
    }

    mutating func box(x: Double, y: Double, width: Double, height: Double, _ style: String, radius: Double = 0, title: String? = nil) {
        let (x, y, width, height) = (Self.number(x), Self.number(y), Self.number(max(0, width)), Self.number(max(0, height)))
        body.element("rect", ["x": x, "y": y, "width": width, "height": height, "rx": Self.number(radius), "class": style]) { rect in
            if let title { rect.element("title", title) }
        }
    }

    mutating func line(from: (Double, Double), to: (Double, Double), _ style: String) {
        body.empty(
            "line",
            [
                "x1": Self.number(from.0), "y1": Self.number(from.1), "x2": Self.number(to.0), "y2": Self.number(to.1), "class": style,
            ])
    }

    mutating func path(_ points: [(x: Double, y: Double)], _ style: String, closed: Bool = false) {
        guard let first = points.first else { return }
        let rest = points.dropFirst().map { "L\(Self.number($0.x)) \(Self.number($0.y))" }.joined()
        body.empty("path", ["d": "M\(Self.number(first.x)) \(Self.number(first.y))\(rest)\(closed ? "Z" : "")", "class": style])
    }

    mutating func dot(x: Double, y: Double, _ style: String, title: String) {
        body.element("circle", ["cx": Self.number(x), "cy": Self.number(y), "r": "3", "class": style]) { $0.element("title", title) }
    }

    enum Anchor: String { case start, middle, end }

    mutating func text(_ text: String, x: Double, y: Double, _ style: String, _ anchor: Anchor = .start) {
        body.element("text", ["x": Self.number(x), "y": Self.number(y), "text-anchor": anchor.rawValue, "class": style], text)
    }

    /// To a hundredth of a unit: more is only length.
    private static func number(_ value: Double) -> String {
        let hundredths = (value * 100).rounded() / 100
        guard abs(hundredths) < 1e6 else { return "0" }
        return hundredths == hundredths.rounded() ? String(Int(hundredths)) : String(hundredths)
    }
}
