import Core
import Storage
import TestSupport
import Testing

@testable import Vault

@Suite struct FaultyStoreTests {
    private let name = ObjectName("packs/ab/one")

    private func put(_ plan: FaultyStore.Plan, _ test: TestVault) -> Bool {
        (try? FaultyStore(test.vault.store, plan).put(Array("whole text"), as: name)) != nil
    }

    @Test("Without a plan it does what the store beneath does")
    func transparent() throws {
        let test = try TestVault()
        let store = FaultyStore(test.vault.store)
        #expect(try store.put(Array("text"), as: name) && !store.put(Array("other"), as: name))
        #expect(try store.read(name, limit: 10) == Array("text") && store.read(name, range: 1..<3) == Array("ex"))
        #expect(try store.size(name) == 4 && store.list(.packs).map(\.name) == [name])
        #expect(store.counts.operations == 10 && store.counts.reads == 2 && store.counts.creates == 2)
    }

    @Test("The operation that was chosen fails, and no other", arguments: 0..<3)
    func fails(number: Int) throws {
        let test = try TestVault()
        #expect(!put(.init(at: number), test))
        #expect(try test.vault.store.list(.packs).isEmpty)
        #expect(put(.init(at: 3), test))
    }

    @Test("A torn append leaves half, a torn finish leaves all")
    func tears() throws {
        let test = try TestVault()
        let store = FaultyStore(test.vault.store, .init(at: 1, fault: .tear))
        let upload = try store.create()
        #expect(throws: StoreError.self) { try upload.append(Array("whole text").span.bytes) }
        try upload.finish(as: name, digest: SHA256Digest(of: []))
        #expect(try test.vault.store.read(name, limit: 100) == Array("whole"))
        let other = ObjectName("packs/ab/two")
        #expect(throws: StoreError.self) { try FaultyStore(test.vault.store, .init(at: 2, fault: .tear)).put(Array("all"), as: other) }
        #expect(try test.vault.store.read(other, limit: 100) == Array("all"))
    }

    @Test("After a crash nothing works any more")
    func crashes() throws {
        let test = try TestVault()
        let store = FaultyStore(test.vault.store, .init(at: 1, fault: .crash))
        _ = try store.list(.packs)
        #expect(throws: StoreError.self) { try store.list(.packs) }
        #expect(throws: StoreError.self) { try store.list(.packs) }
        #expect(throws: StoreError.self) { try store.create() }
    }

    @Test("Names are hidden from listings, bits are flipped in reads, objects cannot be read")
    func lies() throws {
        let test = try TestVault()
        try test.vault.store.put(Array("text"), as: name)
        let (base, name) = (test.vault.store, name)
        #expect(try FaultyStore(base, .init(hides: { $0 == name })).list(.packs).isEmpty)
        let flipping = FaultyStore(base, .init(flipsRead: 1))
        #expect(try flipping.read(name, limit: 4) == Array("text"))
        #expect(try flipping.read(name, limit: 4) != Array("text"))
        #expect(try flipping.read(name, limit: 4) == Array("text"))
        #expect(throws: StoreError.self) { try FaultyStore(base, .init(unreadable: { $0 == name })).read(name, limit: 4) }
    }
}
