/// How many there were of something, and the first of them: a damaged file may have millions.
struct Tally<Element> {
    /// So many are kept.
    static var firstMax: Int { 10 }

    private(set) var first: [Element] = []
    private(set) var count = 0

    /// - Parameter element: is not made beyond the first of them.
    mutating func add(_ element: @autoclosure () -> Element) {
        if first.count < Self.firstMax { first.append(element()) }
        count += 1
    }

    var isEmpty: Bool { count == 0 }

    func map<Other>(_ transform: (Element) -> Other) -> Tally<Other> {
        var other = Tally<Other>()
        (other.first, other.count) = (first.map(transform), count)
        return other
    }
}

extension Tally<String> {
    var list: String? { isEmpty ? nil : first.joined(separator: ", ") + (count > first.count ? " and \(count - first.count) more" : "") }
}
