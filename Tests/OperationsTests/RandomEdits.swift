import Foundation
import TestSupport

/// Random edits of a directory, as shell commands: the same seed makes the same edits.
struct RandomEdits {
    private var random: SeededGenerator
    private var counter = 0

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// A script that makes a tree to begin with.
    mutating func beginning() -> String { preamble + (0..<40).map { _ in creation() }.joined(separator: "\n") }

    /// A script of some edits. What does not fit the tree as it is just then does nothing.
    mutating func round() -> String { preamble + (0..<(5 + random.below(20))).map { _ in edit() }.joined(separator: "\n") }

    private let preamble = """
        set +e
        # So many bytes, by number.
        seeded() { seq $(($1 * 1000)) 99999999 2>/dev/null | head -c $2; }
        # One of the names that are there, of a kind (find's -type), by number.
        pick() { find . -mindepth 1 -type $1 | LC_ALL=C sort | awk -v n=$2 '{ all[NR] = $0 } END { if (NR) print all[n % NR + 1] }'; }

        """

    private mutating func name() -> String {
        counter += 1
        let names = ["a", "b", "c", "zz", "a b", "ä", "-x", "q'q", "tab\\there"]
        return "\(names[random.below(names.count)])\(counter % 7 == 0 ? "" : String(counter))"
    }

    private mutating func size() -> Int {
        [0, 1, 100, 4096, 70_000, 300_000, 2_500_000][[0, 1, 2, 2, 3, 3, 4, 4, 5, 6][random.below(10)]]
    }

    private mutating func directory() -> String {
        random.below(3) == 0 ? "d=." : "d=$(pick d \(random.below(1000))); d=${d:-.}"
    }

    private func quoted(_ text: String) -> String { "\"$(printf '\(text.replacingOccurrences(of: "'", with: "\\047"))')\"" }

    private mutating func creation() -> String {
        let name = quoted("\\x2e/" + name())
        switch random.below(8) {
        case 0, 1: return "\(directory()); mkdir \"$d/\"\(name)"
        case 2: return "\(directory()); ln -s \"target\(random.below(9))\" \"$d/\"\(name)"
        case 3: return "\(directory()); mkfifo \"$d/\"\(name)"
        // Names come again: what is written to a FIFO would wait for a reader for ever.
        default: return "\(directory()); [ -p \"$d/\"\(name) ] || seeded \(random.below(30)) \(size()) > \"$d/\"\(name)"
        }
    }

    private mutating func edit() -> String {
        let file = "f=$(pick f \(random.below(1000))); [ -n \"$f\" ]"
        let any = "f=$(pick \(["f", "d", "l", "f,d,l,p"][random.below(4)]) \(random.below(1000))); [ -n \"$f\" ]"
        let name = quoted("\\x2e/" + name())
        switch random.below(18) {
        case 0, 1: return creation()
        case 2: return "\(file) && seeded \(random.below(99)) 1000 >> \"$f\""
        case 3: return "\(file) && truncate -s \(size()) \"$f\""
        case 4: return "\(file) && printf edited | dd of=\"$f\" bs=1 seek=\(random.below(3000)) conv=notrunc status=none"
        case 5: return "\(any) && mv -T \"$f\" \"${f%/*}/\"\(name)"
        case 6: return "\(directory()); \(any) && mv \"$f\" \"$d/\""
        case 7: return "\(any) && chmod \(["600", "4711", "0", "1777", "2750"][random.below(5)]) \"$f\""
        case 8: return "\(any) && chown -h \(random.below(9)):\(random.below(9)) \"$f\""
        case 9: return "\(directory()); \(file) && ln \"$f\" \"$d/\"\(name)"
        case 10: return "\(any) && rm -rf \"$f\""
        case 11: return "\(file) && rm \"$f\" && mkdir \"$f\" && echo inside > \"$f/x\""
        case 12: return "f=$(pick d \(random.below(1000))); [ -n \"$f\" ] && rm -rf \"$f\" && echo instead > \"$f\""
        case 13: return "\(file) && setfattr -n user.x\(random.below(3)) -v \(random.below(9)) \"$f\""
        case 14: return "\(file) && setfattr -x user.x\(random.below(3)) \"$f\" 2>/dev/null"
        case 15: return "\(file) && setfacl -m u:\(random.below(9)):r \"$f\""
        case 16: return "\(any) && touch -h -d @\(random.below(1 << 31)).\(random.below(1_000_000_000)) \"$f\""
        default:
            // The same size and the same time: only the time of the last change of the inode tells.
            return """
                \(file) && s=$(stat -c %s "$f") && t=$(stat -c %y "$f") && seeded \(random.below(99)) $s | dd of="$f" conv=notrunc status=none && touch -d "$t" "$f"
                """
        }
    }
}
