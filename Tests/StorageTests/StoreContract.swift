import Core
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// What every store keeps to. A store joins by a line in `storesUnderTest`.
enum StoreContract: String, CaseIterable, CustomTestStringConvertible {
    case writesOnce = "the first object of a name stays, and the second is told so"
    case readsBack = "what was put is read back, whole and in ranges"
    case readsAreExact = "a range past the end is an error, not a short answer"
    case missingIsNotFound = "an object that is not there is `.notFound`, whatever is asked of it"
    case limitIsKept = "an object longer than the limit is `.tooLarge`"
    case listsAreSorted = "a folder is listed with its subfolders, by name, with sizes"
    case missingFolderIsAnError = "a folder that is not there is an error, not an empty list"
    case uploadsAreInvisible = "an object being written is not there before it is finished"
    case droppedLeavesNothing = "an upload that is dropped or discarded leaves nothing"
    case piecesJoin = "pieces that are appended are one object"
    case threadsAgree = "of threads that put one name, exactly one wins, and the object is whole"
    case threadsWriteApart = "threads that put other names do not disturb each other"
    case removedIsGone = "what is removed is gone, at once and for every call, and may be removed again"
    case pagesGoOn = "a listing goes on after any name, whether it is there or not"

    var testDescription: String { rawValue }

    func check(_ store: any ObjectStore) throws {
        switch self {
        case .writesOnce: try Self.writesOnce(store)
        case .readsBack: try Self.readsBack(store)
        case .readsAreExact: try Self.readsAreExact(store)
        case .missingIsNotFound: try Self.missingIsNotFound(store)
        case .limitIsKept: try Self.limitIsKept(store)
        case .listsAreSorted: try Self.listsAreSorted(store)
        case .missingFolderIsAnError: try Self.missingFolderIsAnError(store)
        case .uploadsAreInvisible: try Self.uploadsAreInvisible(store)
        case .droppedLeavesNothing: try Self.droppedLeavesNothing(store)
        case .piecesJoin: try Self.piecesJoin(store)
        case .threadsAgree: try Self.threadsAgree(store)
        case .threadsWriteApart: try Self.threadsWriteApart(store)
        case .removedIsGone: try Self.removedIsGone(store)
        case .pagesGoOn: try Self.pagesGoOn(store)
        }
    }

    private static let name = ObjectName("packs/ab/one")

    private static func writesOnce(_ store: any ObjectStore) throws {
        #expect(try store.put(Array("first"), as: name))
        #expect(try !store.put(Array("second"), as: name))
        #expect(try !store.put(Array("first"), as: name))
        #expect(try store.read(name, limit: 100) == Array("first"))
    }

    private static func readsBack(_ store: any ObjectStore) throws {
        for (number, size) in [0, 1, 1000, 300_000].enumerated() {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 + number) }
            let name = ObjectName("snapshots/\(number)")
            try store.put(bytes, as: name)
            #expect(try store.size(name) == size)
            #expect(try store.read(name, limit: size) == bytes && store.read(name, range: 0..<size) == bytes)
            for range in [0..<0, 0..<size / 2, size / 3..<size, size..<size] {
                #expect(try store.read(name, range: range) == Array(bytes[range]))
            }
        }
    }

    private static func readsAreExact(_ store: any ObjectStore) throws {
        try store.put(Array("0123456789"), as: name)
        for range in [0..<11, 10..<11, 5..<100, 50..<60] {
            #expect(errorKind { _ = try store.read(name, range: range) } == .shortRead, "\(range)")
        }
    }

    private static func missingIsNotFound(_ store: any ObjectStore) throws {
        try store.put([1], as: ObjectName("packs/ab/other"))
        for text in ["packs/ab/one", "packs/cd/one", "packs/one", "indexes/one", "VAULT"] {
            let name = ObjectName(text)
            #expect(errorKind { _ = try store.size(name) } == .notFound)
            #expect(errorKind { _ = try store.read(name, range: 0..<1) } == .notFound)
            #expect(errorKind { _ = try store.read(name, range: 0..<0) } == .notFound)
            #expect(errorKind { _ = try store.read(name, limit: 10) } == .notFound)
        }
    }

    private static func limitIsKept(_ store: any ObjectStore) throws {
        try store.put(Array("0123456789"), as: name)
        #expect(try store.read(name, limit: 10).count == 10)
        #expect(errorKind { _ = try store.read(name, limit: 9) } == .tooLarge)
        #expect(errorKind { _ = try store.read(name, limit: 0) } == .tooLarge)
    }

    private static func listsAreSorted(_ store: any ObjectStore) throws {
        let names = ["packs/ab/b", "packs/ab/a", "packs/00/z", "packs/loose", "packs/ff/c", "packs/ff/C"]
        for (number, name) in names.enumerated() { try store.put([UInt8](repeating: 0, count: number), as: ObjectName(name)) }
        try store.put([0], as: ObjectName("snapshots/x"))
        let listed = try store.list(.packs)
        #expect(listed.map(\.name.text) == names.sorted())
        for object in listed { #expect(names.firstIndex(of: object.name.text) == object.bytes) }
        #expect(try store.list(.snapshots).map(\.name.text) == ["snapshots/x"])
        #expect(try store.list(.indexes).isEmpty)
    }

    private static func missingFolderIsAnError(_ store: any ObjectStore) throws {
        // Of a decorator the folder is not to be reached: those that can lose one are tried by themselves.
        guard let removable = store as? any RemovableFolders else { return }
        try removable.removeFolder(.indexes)
        #expect(errorKind { _ = try store.list(.indexes) } != nil)
        #expect(try store.list(.packs).isEmpty)
    }

    private static func uploadsAreInvisible(_ store: any ObjectStore) throws {
        let upload = try store.create()
        try upload.append([UInt8](repeating: 1, count: 100_000).span.bytes)
        for folder in Folder.allCases { #expect(try store.list(folder).isEmpty) }
        #expect(errorKind { _ = try store.size(name) } == .notFound)
        #expect(try upload.finish(as: name, digest: SHA256Digest(of: [UInt8](repeating: 1, count: 100_000))))
        #expect(try store.list(.packs).map(\.name) == [name])
    }

    private static func droppedLeavesNothing(_ store: any ObjectStore) throws {
        do {
            let dropped = try store.create()
            try dropped.append([UInt8](repeating: 1, count: 1000).span.bytes)
        }
        let discarded = try store.create()
        discarded.discard()
        discarded.discard()
        for folder in Folder.allCases { #expect(try store.list(folder).isEmpty) }
        #expect(try (store as? LocalStore)?.names().allSatisfy { !$0.hasPrefix(".") } ?? true)
    }

    private static func piecesJoin(_ store: any ObjectStore) throws {
        let upload = try store.create()
        for piece in ["one ", "", "two ", "three"] { try upload.append(Array(piece).span.bytes) }
        #expect(try upload.finish(as: name, digest: SHA256Digest(of: Array("one two three"))))
        #expect(try store.read(name, limit: 100) == Array("one two three"))
    }

    private static func threadsAgree(_ store: any ObjectStore) throws {
        for round in 0..<5 {
            let name = ObjectName("packs/\(round)/one")
            let winners = Mutex<[Int]>([])
            onThreads(8) { number in
                do {
                    if try store.put([UInt8](repeating: UInt8(number), count: 10_000), as: name) { winners.withLock { $0.append(number) } }
                } catch { Issue.record(error) }
            }
            let winner = try #require(winners.withLock { $0.count == 1 ? $0.first : nil })
            #expect(try store.read(name, limit: 10_000) == [UInt8](repeating: UInt8(winner), count: 10_000))
        }
    }

    private static func threadsWriteApart(_ store: any ObjectStore) throws {
        onThreads(8) { number in
            do {
                for count in 0..<5 {
                    try store.put([UInt8](repeating: UInt8(number), count: count), as: ObjectName("packs/\(number)/\(count)"))
                }
            } catch { Issue.record(error) }
        }
        #expect(try store.list(.packs).count == 40)
        for number in 0..<8 {
            #expect(try store.read(ObjectName("packs/\(number)/4"), limit: 4) == [UInt8](repeating: UInt8(number), count: 4))
        }
    }

    private static func removedIsGone(_ store: any ObjectStore) throws {
        let names = ["packs/ab/one", "packs/ab/two", "snapshots/three"].map { ObjectName($0) }
        for name in names { try store.put([1], as: name) }
        _ = try store.read(names[0], limit: 1)
        try store.remove([names[0], names[2], ObjectName("packs/never/there")])
        #expect(errorKind { _ = try store.read(names[0], limit: 1) } == .notFound)
        #expect(errorKind { _ = try store.size(names[2]) } == .notFound)
        #expect(try store.list(.packs).map(\.name) == [names[1]] && store.list(.snapshots).isEmpty)
        try store.remove([names[0]])
        try store.remove([])
        #expect(try store.put([2], as: names[0]))
        #expect(try store.read(names[0], limit: 1) == [2])
    }

    private static func pagesGoOn(_ store: any ObjectStore) throws {
        let names = ["packs/ab/1", "packs/ab/2", "packs/ab-y", "packs/ac/3", "packs/b"].map { ObjectName($0) }
        for name in names { try store.put([1], as: name) }
        let sorted = names.sorted()
        for after in names + [ObjectName("packs/ab"), ObjectName("packs/ab/11"), ObjectName("packs/zz"), ObjectName("packs/a/a/a")] {
            var (seen, last): ([ObjectName], ObjectName?) = ([], after)
            while true {
                let page = try store.page(of: .packs, after: last)
                seen += page.objects.map(\.name)
                last = page.objects.last?.name ?? last
                if page.isLast { break }
            }
            #expect(seen == sorted.filter { after < $0 }, "after \(after)")
        }
        #expect(try store.list(.packs).map(\.name) == sorted)
    }
}

/// A store of which a test can take a folder away.
protocol RemovableFolders {
    func removeFolder(_ folder: Folder) throws
}
