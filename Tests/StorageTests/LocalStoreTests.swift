import Core
import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree
@testable import Storage

@Suite struct LocalStoreTests {
    private let name = ObjectName("packs/ab/one")

    private func makeStore(_ scratch: Scratch) throws -> LocalStore {
        let store = try LocalStore.create("\(scratch.path)/vault")
        try store.makeFolders()
        return store
    }

    /// Gives a file a time in the past.
    private func age(_ path: String, seconds: Int64) throws {
        let time = FileTime(seconds: FileTime.now().seconds - seconds, nanoseconds: 0)
        try OpenFile.open(path, O_RDONLY).setModified(time)
    }

    @Test("A vault's directory is its owner's alone, and an object cannot be changed by accident")
    func modes() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        try store.put([1], as: name)
        #expect(try Directory.open(scratch.path).status(of: Array("vault")).mode == 0o700)
        for folder in ["packs", "indexes", "snapshots", "packs/ab"] {
            #expect(try OpenFile.open("\(store.location)/\(folder)", O_RDONLY).status().mode == 0o700)
        }
        let status = try OpenFile.open("\(store.location)/\(name)", O_RDONLY).status()
        #expect(status.mode == 0o400 && status.linkCount == 1)
    }

    @Test("A store is made twice without harm, and opened only where it is")
    func createAndOpen() throws {
        let scratch = try Scratch()
        try makeStore(scratch).put([1], as: name)
        #expect(try makeStore(scratch).size(name) == 1)
        #expect(errorKind { _ = try LocalStore("\(scratch.path)/none") } == .notFound)
        #expect(errorKind { _ = try LocalStore.create("\(scratch.path)/none/below") } == .notFound)
        try Data().write(to: URL(fileURLWithPath: "\(scratch.path)/file"))
        #expect(errorKind { _ = try LocalStore.create("\(scratch.path)/file") } != nil)
    }

    @Test("Files being written lie at the top, show at the top only, and go when they are finished")
    func temporaryFiles() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        let upload = try store.create()
        #expect(try store.names().filter { $0.hasPrefix(LocalStore.temporaryPrefix) }.count == 1)
        try upload.finish(as: name, digest: SHA256Digest(of: []))
        #expect(try store.names() == ["evidence", "indexes", "packs", "snapshots"])
    }

    @Test("Names that begin with a dot are not listed as objects")
    func dotFiles() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        try store.put([1], as: name)
        for path in ["packs/.hidden", "packs/ab/.hidden", "snapshots/.hidden"] {
            try Data().write(to: URL(fileURLWithPath: "\(store.location)/\(path)"))
        }
        #expect(try store.list(.packs).map(\.name) == [name])
        #expect(try store.list(.snapshots).isEmpty)
    }

    @Test("Temporary files of a run that was killed are removed after a minute")
    func abandoned() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        for (file, seconds) in [(".tmp-old", Int64(120)), (".tmp-young", 5), ("foreign", 120), (".tmp", 120)] {
            let path = "\(store.location)/\(file)"
            try Data("x".utf8).write(to: URL(fileURLWithPath: path))
            try age(path, seconds: seconds)
        }
        try FileManager.default.createDirectory(atPath: "\(store.location)/.tmp-folder", withIntermediateDirectories: false)
        try age("\(store.location)/.tmp-folder", seconds: 120)
        try store.removeAbandoned()
        #expect(
            try store.names().filter { !Folder.allCases.map(\.rawValue).contains($0) } == [".tmp", ".tmp-folder", ".tmp-young", "foreign"])
    }

    @Test("A temporary file is kept as long as its writer lives, however old it is")
    func lockedIsKept() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        let upload = try store.create()
        let temporary = try #require(try store.names().first { $0.hasPrefix(LocalStore.temporaryPrefix) })
        try age("\(store.location)/\(temporary)", seconds: 1000)
        try store.removeAbandoned()
        try upload.append([UInt8(1)].span.bytes)
        #expect(try upload.finish(as: name, digest: SHA256Digest(of: [])))
        #expect(try store.read(name, limit: 1) == [1])
    }

    @Test("Who may not read or write is told so", .enabled(if: geteuid() == 0, "only root can become another user"))
    func permissionDenied() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        try store.put([1], as: name)
        try run("chmod", "755", scratch.path)
        let kinds = try withoutPrivileges {
            [errorKind { _ = try LocalStore(store.location) }, errorKind { _ = try LocalStore.create("\(scratch.path)/other") }]
        }
        #expect(kinds == [.permissionDenied, .permissionDenied])
        try run("chmod", "-R", "a+rx", store.location)
        try run("chmod", "400", "\(store.location)/\(name)")
        let opened = try LocalStore(store.location)
        let later = try withoutPrivileges {
            [
                errorKind { _ = try opened.read(name, limit: 10) }, errorKind { _ = try opened.read(name, range: 0..<1) },
                errorKind { _ = try opened.create() }, errorKind { _ = try opened.list(.packs) },
            ]
        }
        #expect(later == [.permissionDenied, .permissionDenied, .permissionDenied, nil])
    }

    @Test("A full disk is `.full`, and leaves what was there", .enabled(if: Rights.mayMount, Rights.needsMounts))
    func fullDisk() throws {
        let scratch = try Scratch()
        let mount = try #require(try Mount(at: scratch.path, options: "size=256k"))
        let store = try makeStore(scratch)
        try store.put([1], as: name)
        let large = [UInt8](repeating: 7, count: 1 << 20)
        let other = ObjectName("packs/ab/two")
        #expect(errorKind { try store.put(large, as: other) } == .full)
        #expect(try store.list(.packs).map(\.name) == [name])
        #expect(try store.names() == ["evidence", "indexes", "packs", "snapshots"])
        // Space is there again, and the same call works.
        #expect(try store.put([UInt8](repeating: 7, count: 1 << 16), as: other))
        withExtendedLifetime(mount) {}
    }

    @Test("A read-only disk is `.readOnly`, and can be read", .enabled(if: Rights.mayMount, Rights.needsMounts))
    func readOnlyDisk() throws {
        let scratch = try Scratch()
        let mount = try #require(try Mount(at: scratch.path, options: "size=256k"))
        let store = try makeStore(scratch)
        try store.put([1], as: name)
        try mount.makeReadOnly()
        #expect(errorKind { try store.put([2], as: ObjectName("packs/ab/two")) } == .readOnly)
        #expect(errorKind { _ = try LocalStore.create("\(scratch.path)/other") } == .readOnly)
        #expect(try store.read(name, limit: 1) == [1])
        withExtendedLifetime(mount) {}
    }

    @Test("An object that was replaced by a link or a folder is not followed")
    func linksAreNotFollowed() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        try FileManager.default.createSymbolicLink(atPath: "\(store.location)/VAULT", withDestinationPath: "/etc/passwd")
        #expect(errorKind { _ = try store.read(ObjectName("VAULT"), limit: 1 << 20) } == .unreadable)
        try FileManager.default.createSymbolicLink(atPath: "\(store.location)/packs/ab", withDestinationPath: "/etc")
        #expect(errorKind { _ = try store.read(ObjectName("packs/ab/passwd"), limit: 1 << 20) } != nil)
        #expect(errorKind { try store.put([1], as: name) } != nil)
    }

    @Test("A FIFO in the place of an object is an error, and waits for nobody")
    func fifo() throws {
        let scratch = try Scratch()
        let store = try makeStore(scratch)
        #expect(mkfifo("\(store.location)/indexes/x", 0o600) == 0)
        #expect(errorKind { _ = try store.read(ObjectName("indexes/x"), limit: 1 << 20) } == .unreadable)
    }

    @Test("Files that are not the vault's do not end a listing")
    func foreignNames() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let store = try LocalStore.create("\(scratch.path)/vault")
            try store.makeFolders()
            for file in ["note..txt", "a b", "ü"] {
                try Data().write(to: URL(fileURLWithPath: "\(store.location)/packs/\(file)"))
            }
            guard try store.list(.packs).count == 3 else { exit(1) }
        }
    }

    @Test("An error says what cannot be done, why, and what to do")
    func errorText() {
        let error = StoreError(.full, "write", "/vault/packs/ab/one", reason: "No space left on device")
        #expect(
            error.description
                == "cannot write /vault/packs/ab/one: No space left on device. Free some space and run again: what was saved is reused.")
    }
}
