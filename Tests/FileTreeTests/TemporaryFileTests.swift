import Core
import Glibc
import TestSupport
import Testing

@testable import FileTree

/// Files that are being made, and what is left of those whose maker was killed.
@Suite struct TemporaryFileTests {
    @Test func onlyNamesOfTheirShapeAreTemporary() {
        #expect(TemporaryFiles.isTemporary(TemporaryFiles.name()))
        #expect(TemporaryFiles.name() != TemporaryFiles.name())
        for name in [
            ".rekindle-", ".rekindle-0123456789abcdef0123456", ".rekindle-0123456789abcdef012345678", ".rekindle-0123456789ABCDEF01234567",
            "x.rekindle-0123456789abcdef01234567",
        ] {
            #expect(!TemporaryFiles.isTemporary(Array(name.utf8)), "\(name)")
        }
    }

    @Test func oneThatIsBeingMadeIsLeftAloneAndOneThatNobodyHoldsGoes() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        var made: (name: [UInt8], file: OpenFile)? = try directory.makeTemporaryFile()
        let name = try #require(made?.name)
        try scratch.write("text", to: ".rekindle-not-one")
        #expect(directory.removeLeftovers(among: try directory.names()).removed == 0)
        #expect(try directory.statusIfPresent(of: name) != nil)
        made = nil
        let leftovers = directory.removeLeftovers(among: try directory.names())
        #expect(leftovers.removed == 1 && leftovers.failures.isEmpty)
        #expect(try directory.names().map { String(decoding: $0, as: UTF8.self) } == [".rekindle-not-one"])
    }

    @Test func aLinkIsALeftoverToo() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        try directory.makeSymbolicLink(TemporaryFiles.name(), to: [0x78])
        #expect(directory.removeLeftovers(among: try directory.names()).removed == 1)
        #expect(try directory.names().isEmpty)
    }

    @Test func aFileSystemThatKeepsNamesApartIsKnownForOne() throws {
        let scratch = try Scratch()
        let directory = try scratch.directory()
        #expect(!directory.foldsNames() && !directory.hasFoldingFlag)
        #expect(try directory.names().isEmpty)
    }

    @Test(
        "A file that is a mount is known for one, and what is mounted is told",
        .enabled(if: Rights.mayMount, Rights.needsMounts))
    func mountedFile() throws {
        let scratch = try Scratch()
        let (below, above) = (try scratch.write("text", to: "below"), try scratch.write("text", to: "above"))
        #expect(try run("mount", "--bind", above, below).status == 0)
        defer { _ = try? run("umount", below) }
        let directory = try scratch.directory()
        #expect(directory.isMountPoint(Array("below".utf8)) && !directory.isMountPoint(Array("above".utf8)))
        let error = try #require(throws: SystemError.self) { try directory.rename(Array("above".utf8), to: Array("below".utf8)) }
        #expect(error.withMount.contains("is mounted there") && error.withMount.contains("/above"))
        #expect(SystemError("open", path: above, code: EACCES).withMount == "cannot open \(above): Permission denied")
    }

    @Test func whatTheKernelMakesUpIsNoData() throws {
        #expect(try Directory.open("/proc").kernelFileSystem() == "proc")
        #expect(try Directory.open("/sys").kernelFileSystem() == "sysfs")
        #expect(try Directory.open("/").kernelFileSystem() == nil)
        #expect(try Scratch().directory().kernelFileSystem() == nil)
    }
}
