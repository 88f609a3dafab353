/// Which batches are done: a hard link waits until all batches before its own are, the one with its first name among them.
package struct RestoreTurns {
    private var done: Set<Int> = []
    private var firstOpen = 0
    package var isOver = false

    package mutating func end(_ number: Int) {
        done.insert(number)
        while done.remove(firstOpen) != nil { firstOpen += 1 }
    }

    package func hasEndedAllBefore(_ number: Int) -> Bool { firstOpen >= number || isOver }
}
