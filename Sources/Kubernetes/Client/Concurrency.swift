internal import Synchronization

/// State that several tasks share.
final class Guarded<Value>: Sendable where Value: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        try mutex.withLock { value in try body(&value) }
    }
}

/// Runs `body` for every item, some at the same time; the first error ends it and is thrown.
func forEach<Item: Sendable>(_ items: [Item], atOnce count: Int, _ body: @escaping @Sendable (Item) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        var waiting = items[...]
        for item in waiting.prefix(count) { group.addTask { try await body(item) } }
        waiting = waiting.dropFirst(count)
        while try await group.next() != nil {
            if let item = waiting.popFirst() { group.addTask { try await body(item) } }
        }
    }
}
