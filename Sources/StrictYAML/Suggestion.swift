/// "Did you mean": the nearest of the words that would have been right.
public enum Suggestion {
    /// `did you mean "exclude"?`; the list of them all when none is near.
    public static func among(_ words: [String], for text: String) -> String {
        if let nearest = nearest(to: text, among: words) { return "did you mean \"\(nearest)\"?" }
        return words.count == 1 ? "write \(words[0])" : "known are \(words.joined(separator: ", "))"
    }

    /// The word that takes the fewest changes, if those are few for its length.
    public static func nearest(to text: String, among words: [String]) -> String? {
        let text = Array(text.lowercased().prefix(64))
        let ranked = words.map { (word: $0, distance: distance(text, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= max(1, best.word.count / 3) else { return nil }
        return best.word
    }

    /// Letters added, left out, replaced, or swapped with their neighbour (optimal string alignment).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                let replaced = above[column] + (left[row] == right[column] ? 0 : 1)
                var least = min(replaced, above[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    least = min(least, before[column - 1] + 1)
                }
                current.append(least)
            }
            (before, above) = (above, current)
        }
        return above[right.count]
    }
}
