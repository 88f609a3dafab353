import Core
import Foundation
import TestSupport
import Testing

@testable import Storage

/// A store that must keep the contract: its name, and how to make an empty one in a directory.
struct StoreUnderTest: CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable (_ directory: String) throws -> any ObjectStore
}

let storesUnderTest = [
    StoreUnderTest(testDescription: "MemoryStore") { _ in MemoryStore() },
    StoreUnderTest(testDescription: "LocalStore") { directory in
        let store = try LocalStore.create("\(directory)/vault")
        try store.makeFolders()
        return store
    },
    StoreUnderTest(testDescription: "FaultyStore without a fault") { _ in FaultyStore(MemoryStore()) },
    StoreUnderTest(testDescription: "LimitedStore") { _ in LimitedStore(MemoryStore(), requests: 2) },
    StoreUnderTest(testDescription: "CachingStore") { _ in CachingStore(MemoryStore(), bytesMax: 1 << 20) },
    StoreUnderTest(testDescription: "CachingStore of a few bytes") { _ in CachingStore(MemoryStore(), bytesMax: 64) },
    StoreUnderTest(testDescription: "RetryingStore over one that often refuses") { _ in
        var plan = FaultyStore.Plan()
        plan.refusesEvery = 2
        var patience = RetryingStore.Patience()
        (patience.attempts, patience.pause) = (40, .milliseconds(1))
        return RetryingStore(FaultyStore(MemoryStore(), plan), patience: patience, cancellation: Cancellation())
    },
]

extension LocalStore: RemovableFolders {
    func removeFolder(_ folder: Folder) throws { try FileManager.default.removeItem(atPath: "\(location)/\(folder.rawValue)") }
}

@Suite struct StoreContractTests {
    @Test("A store keeps the contract", arguments: storesUnderTest, StoreContract.allCases)
    func contract(store: StoreUnderTest, promise: StoreContract) throws {
        let scratch = try Scratch()
        try promise.check(store.make(scratch.path))
    }
}
