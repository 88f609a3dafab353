/// Hands what tasks find to the thread that waits for it. Tasks wait while it is full, without holding up the pool that runs them.
package final class Handover<Element: Sendable>: Sendable {
    private struct State {
        var queue: [Element] = []
        var ending: Result<Void, any Error>?
        /// Nobody takes anything any more.
        var isClosed = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static var capacity: Int { 8 }

    private let state = Monitor(State())

    package init() {}

    package func send(_ element: Element) async throws {
        while try !put(element) {
            await withCheckedContinuation { continuation in
                let hasRoom = state.withLock { state in
                    let hasRoom = state.queue.count < Self.capacity || state.isClosed
                    if !hasRoom { state.waiting.append(continuation) }
                    return hasRoom
                }
                if hasRoom { continuation.resume() }
            }
        }
    }

    private func put(_ element: Element) throws -> Bool {
        try state.update { state in
            if state.isClosed { throw CancellationError() }
            guard state.queue.count < Self.capacity else { return false }
            state.queue.append(element)
            return true
        }
    }

    /// Nothing more comes; a failure reaches the receiver behind all that was sent.
    package func end(_ result: Result<Void, any Error>) { state.update { if $0.ending == nil { $0.ending = result } } }

    /// Waits for the next element; nil at the end.
    package func next() throws -> Element? {
        let taken: Result<Element?, any Error> = state.wait { state in
            if !state.queue.isEmpty { return .success(state.queue.removeFirst()) }
            return state.ending.map { ending in ending.map { nil } }
        }
        wakeSenders()
        return try taken.get()
    }

    /// From now on every attempt to send fails.
    package func close() {
        state.withLock { $0.isClosed = true }
        wakeSenders()
    }

    private func wakeSenders() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
