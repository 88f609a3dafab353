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
