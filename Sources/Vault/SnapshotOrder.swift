import Core
import Tarball

/// The order in which snapshots were made, as far as they say themselves: each comes after its parent and after the newest that its
/// backup saw in the vault. Dates decide only between those that did not know of each other, since any clock may be wrong.
enum SnapshotOrder {
    static func sorted(_ snapshots: [Snapshot]) -> [Snapshot] {
        let places = Dictionary(snapshots.enumerated().map { ($1.id, $0) }) { first, _ in first }
        var followers = [[Int]](repeating: [], count: snapshots.count)
        var waitsFor = [Int](repeating: 0, count: snapshots.count)
        for (index, snapshot) in snapshots.enumerated() {
            for place in Set(snapshot.record.predecessors.compactMap { places[$0] }) where place != index {
                followers[place].append(index)
                waitsFor[index] += 1
            }
        }
        /// Those that may come next, the oldest last.
        var open: [Int] = []
        func isOlder(_ left: Int, _ right: Int) -> Bool {
            (snapshots[left].record.time, snapshots[left].id) < (snapshots[right].record.time, snapshots[right].id)
        }
        func add(_ index: Int) {
            var (low, high) = (0, open.count)
            while low < high {
                let middle = (low + high) / 2
                if isOlder(index, open[middle]) { low = middle + 1 } else { high = middle }
            }
            open.insert(index, at: low)
        }
        for index in snapshots.indices.sorted(by: { isOlder($1, $0) }) where waitsFor[index] == 0 { add(index) }
        var order: [Snapshot] = []
        while let index = open.popLast() {
            order.append(snapshots[index])
            for follower in followers[index] {
                waitsFor[follower] -= 1
                if waitsFor[follower] == 0 { add(follower) }
            }
        }
        return order
    }
}

extension SnapshotRecord {
    /// The snapshots that were there when this one was begun.
    var predecessors: [SHA256Digest] { [parent, after].compactMap(\.self).compactMap { SHA256Digest(hex: $0) } }
}
