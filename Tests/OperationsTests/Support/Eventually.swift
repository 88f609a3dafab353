struct NeverHappened: Error {}

/// Waits until the condition holds; gives up, with an error, where something else has gone wrong before.
func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<60_000 {
        if condition() { return }
        try await Task.sleep(for: .microseconds(500))
    }
    throw NeverHappened()
}

/// The same for a condition that takes a program to look at.
func eventually(_ condition: () async throws -> Bool) async throws {
    for _ in 0..<300 {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(100))
    }
    throw NeverHappened()
}
