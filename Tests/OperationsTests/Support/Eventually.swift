struct NeverHappened: Error {}

/// Waits until the condition holds; gives up, with an error, where something else has gone wrong before.
func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<60_000 {
        if condition() { return }
        try await Task.sleep(for: .microseconds(500))
    }
    throw NeverHappened()
}
