import Core
public import Tarball

/// Reads a tree on a thread of its own, some entries ahead of whoever takes them: reading takes as long as looking at the files.
///
/// Entries are taken by one thread at a time.
public final class TreeReadAhead {
    /// An entry of the parent's tree.
    public struct Item: Sendable {
        /// The entry, and its text.
        public let parsed: MtreeParser.Parsed
        /// The answer to the question that was asked of each entry.
        public let answer: Bool
    }

    private struct State {
        var batches: [[Item]] = []
        var end: Result<[String], any Error>?
        var isWanted = true
    }

    private static let batchEntries = 256
    private static let batchesMax = 4

    private let state = Monitor(State())
    private let thread: Crew.Member
    private var batch: ArraySlice<Item> = []

    /// - Parameter question: asked of each entry, on that thread.
    public init(_ tree: TreeReader, question: @escaping @Sendable (TreeEntry) throws -> Bool) throws {
        let state = state
        thread = try Crew.start {
            var tree = tree
            do {
                while case let batch = try Self.read(&tree, question), !batch.isEmpty {
                    let isWanted = state.wait { $0.batches.count < Self.batchesMax || !$0.isWanted ? $0.isWanted : nil }
                    if !isWanted { return }
                    state.update { $0.batches.append(batch) }
                }
                state.update { [damage = tree.damage] in $0.end = .success(damage) }
            } catch {
                state.update { $0.end = .failure(error) }
            }
        }
    }

    deinit {
        state.update { $0.isWanted = false }
        thread.join()
    }

    private static func read(_ tree: inout TreeReader, _ question: (TreeEntry) throws -> Bool) throws -> [Item] {
        var batch: [Item] = []
        while batch.count < batchEntries, let parsed = try tree.next() {
            batch.append(Item(parsed: parsed, answer: try question(parsed.entry)))
        }
        return batch
    }

    /// The next entry in path order, or nil at the end.
    public func next() throws -> Item? {
        if let item = batch.popFirst() { return item }
        let next = state.wait { state -> [Item]? in
            if !state.batches.isEmpty { return state.batches.removeFirst() }
            return state.end == nil ? nil : []
        }
        // Whoever reads ahead may have waited for room.
        state.update { _ in }
        batch = next[...]
        if let item = batch.popFirst() { return item }
        if case .failure(let error) = state.withLock({ $0.end }) { throw error }
        return nil
    }

    /// The parts of the tree that could not be read; known once `next` has returned nil.
    public var damage: [String] {
        if case .success(let damage) = state.withLock({ $0.end }) { return damage }
        return []
    }
}
