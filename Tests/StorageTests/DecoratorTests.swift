import Core
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// What the decorators add to the contract.
struct DecoratorTests {
    private let name = ObjectName("packs/ab/one")

    private func retrying(_ base: any ObjectStore, attempts: Int, cancellation: Cancellation = Cancellation()) -> RetryingStore {
        var patience = RetryingStore.Patience()
        (patience.attempts, patience.pause) = (attempts, .milliseconds(1))
        return RetryingStore(base, patience: patience, cancellation: cancellation)
    }

    @Test func whatMayPassIsTriedSoManyTimesAndWhatIsFinalOnce() {
        var plan = FaultyStore.Plan()
        plan.refusesEvery = 1
        let refusing = FaultyStore(MemoryStore(), plan)
        #expect(errorKind { _ = try retrying(refusing, attempts: 3).size(name) } == .unavailable(retryAfter: nil))
        #expect(refusing.counts.refused == 3)
        (plan.refusesEvery, plan.at, plan.fault) = (0, 0, .crash)
        let broken = FaultyStore(MemoryStore(), plan)
        #expect(errorKind { _ = try retrying(broken, attempts: 3).size(name) } == .other)
        #expect(broken.counts.operations == 1)
    }

    @Test func anInterruptionEndsThePatience() {
        var plan = FaultyStore.Plan()
        plan.refusesEvery = 1
        let (refusing, cancellation) = (FaultyStore(MemoryStore(), plan), Cancellation())
        cancellation.cancel()
        let kind = errorKind { _ = try retrying(refusing, attempts: 1000, cancellation: cancellation).size(name) }
        #expect(kind == .unavailable(retryAfter: nil) && refusing.counts.refused == 1)
    }

    @Test func noMoreAreAskedAtOnceThanIsAllowed() throws {
        let slow = CountingStore(MemoryStore())
        let store = LimitedStore(slow, requests: 3)
        #expect(store.capabilities.requestsInFlight == 3)
        try store.put([1], as: name)
        onThreads(12) { _ in for _ in 0..<20 { do { _ = try store.size(name) } catch { Issue.record(error) } } }
        #expect((1...3).contains(slow.most.withLock { $0.most }))
    }

    @Test func whatWasReadIsNotAskedForAgainWithinItsBytes() throws {
        let counted = FaultyStore(MemoryStore())
        let store = CachingStore(counted, bytesMax: 800)
        let names = (0..<20).map { ObjectName("snapshots/\($0)") }
        for name in names { try store.put([UInt8](repeating: 1, count: 100), as: name) }
        for _ in 0..<5 { _ = try store.read(names[0], limit: 100) }
        #expect(counted.counts.reads == 1)
        #expect(errorKind { _ = try store.read(names[0], limit: 99) } == .tooLarge)
        for name in names { _ = try store.read(name, limit: 100) }
        let before = counted.counts.reads
        _ = try store.read(names[19], limit: 100)
        #expect(counted.counts.reads == before)
        _ = try store.read(names[0], limit: 100)
        #expect(counted.counts.reads == before + 1, "the oldest went first")
    }

    @Test func aListingThatDoesNotAscendOrDoesNotGoOnIsAnError() throws {
        for pages in [[["packs/b", "packs/a"]], [["packs/a"], ["packs/a"]], [["packs/a"], []]] {
            let store = CountingStore(MemoryStore(), pages: pages.map { $0.map { StoredObject(name: ObjectName($0), bytes: 1) } })
            #expect(errorKind { _ = try store.list(.packs) } == .other, "\(pages)")
        }
    }

    @Test(arguments: ["", "/", "a//b", "../x", "a/../b", "./a", "a/", "/a", "a\0b", String(repeating: "x", count: 1025)])
    func aNameThatNamesNoObjectIsNoneAndNoCrash(text: String) { #expect(ObjectName(found: text) == nil) }

    @Test func namesAreBytes() {
        let (composed, decomposed) = (ObjectName("packs/\u{E9}"), ObjectName("packs/e\u{301}"))
        #expect(composed != decomposed && decomposed < composed)
    }
}

/// Counts how many calls of `size` are under way, and lists what it is given.
private final class CountingStore: ObjectStore {
    let most = Mutex((now: 0, most: 0))
    private let base: MemoryStore
    private let pages: Mutex<[[StoredObject]]>

    init(_ base: MemoryStore, pages: [[StoredObject]] = []) {
        self.base = base
        self.pages = Mutex(pages)
    }

    var location: String { base.location }
    var directory: String? { nil }
    var capabilities: StoreCapabilities { StoreCapabilities(requestsInFlight: 64, createsOnce: true, retains: false) }

    func size(_ name: ObjectName) throws(StoreError) -> Int {
        most.withLock { count in
            count.now += 1
            count.most = max(count.most, count.now)
        }
        defer { most.withLock { $0.now -= 1 } }
        return try base.size(name)
    }

    func page(of folder: Folder, after name: ObjectName?) throws(StoreError) -> StorePage {
        pages.withLock { StorePage($0.isEmpty ? [] : $0.removeFirst(), isLast: false) }
    }

    func read(_ name: ObjectName, range: Range<Int>) throws(StoreError) -> [UInt8] { try base.read(name, range: range) }
    func read(_ name: ObjectName, limit: Int) throws(StoreError) -> [UInt8] { try base.read(name, limit: limit) }
    func create() throws(StoreError) -> any Upload { try base.create() }
    func remove(_ names: [ObjectName]) throws(StoreError) { try base.remove(names) }
    func space() throws(StoreError) -> StoreSpace? { nil }
    func removeAbandoned() throws(StoreError) {}
}
