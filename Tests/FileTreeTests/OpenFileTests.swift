import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

@Suite struct OpenFileTests {
    @Test("A range is read whole or not at all")
    func readAt() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open(try scratch.write("0123456789", to: "file"), O_RDONLY)
        #expect(try file.read(at: 0, count: 10) == Array("0123456789"))
        #expect(try file.read(at: 3, count: 4) == Array("3456"))
        #expect(try file.read(at: 10, count: 0) == [])
        #expect(errorCode { _ = try file.read(at: 0, count: 11) } == EIO)
        #expect(errorCode { _ = try file.read(at: 10, count: 1) } == EIO)
        #expect(errorCode { _ = try file.read(at: 1 << 40, count: 1) } == EIO)
    }

    @Test("Reading piece by piece ends with nothing")
    func readPieces() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open(try scratch.write("0123456789", to: "file"), O_RDONLY)
        var buffer = [UInt8](repeating: 0, count: 16)
        var end = 0
        while case let count = try file.read(into: &buffer, at: end, count: min(3, 16 - end)), count > 0 { end += count }
        #expect(Array(buffer[..<end]) == Array("0123456789"))
    }

    @Test("What is written is there, at the position that was sought")
    func write() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open("\(scratch.path)/file", O_RDWR | O_CREAT | O_EXCL)
        try file.write(Array("abc"))
        try file.seek(to: 5)
        try file.write(Array("fg"))
        try file.setSize(9)
        try file.sync()
        try file.syncFileSystem()
        #expect(try file.read(at: 0, count: 9) == Array("abc\0\0fg\0\0"))
        #expect(try file.status().mode == 0o600)
    }

    @Test("A full device is an error, not a short write")
    func fullDevice() throws {
        let file = try OpenFile.open("/dev/full", O_WRONLY)
        #expect(errorCode { try file.write(Array("x")) } == ENOSPC)
    }

    @Test("A directory cannot be read as a file")
    func directoryAsFile() throws {
        let file = try OpenFile.open("/tmp", O_RDONLY)
        #expect(errorCode { _ = try file.read(at: 0, count: 1) } == EISDIR)
    }

    @Test("The data of a file with holes is found, and the whole of a file without")
    func extents() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open("\(scratch.path)/holes", O_RDWR | O_CREAT)
        let piece = [UInt8](repeating: 1, count: 65_536)
        for offset in [Int64(1) << 20, 4 << 20] {
            try file.seek(to: offset)
            try file.write(piece)
        }
        try file.setSize(8 << 20)
        let extents = try #require(file.dataExtents(size: 8 << 20, limit: 100))
        #expect(extents == [Extent(offset: 1 << 20, length: 65_536), Extent(offset: 4 << 20, length: 65_536)])
        #expect(file.dataExtents(size: 8 << 20, limit: 1) == nil)
        #expect(file.dataExtents(size: 8 << 20, limit: 2)?.count == 2)
        // The last stretch ends where the caller says that the file does.
        #expect(file.dataExtents(size: (4 << 20) + 10, limit: 100)?.last == Extent(offset: 4 << 20, length: 10))
        let full = try OpenFile.open(try scratch.write("0123456789", to: "full"), O_RDONLY)
        #expect(full.dataExtents(size: 10, limit: 1) == [Extent(offset: 0, length: 10)])
    }

    @Test("A file that is one hole, and an empty file, have no data")
    func hollow() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open("\(scratch.path)/hollow", O_RDWR | O_CREAT)
        #expect(file.dataExtents(size: 0, limit: 0) == [])
        try file.setSize(1 << 20)
        #expect(file.dataExtents(size: 1 << 20, limit: 1) == [])
        #expect(try file.status().allocated == 0)
    }

    @Test("Looking for holes leaves the position at the start")
    func positionAfterExtents() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open(try scratch.write("0123456789", to: "file"), O_RDONLY)
        _ = file.dataExtents(size: 10, limit: 10)
        var buffer = [UInt8](repeating: 0, count: 4)
        #expect(try file.read(into: &buffer, at: 0, count: 4) == 4 && buffer == Array("0123"))
    }

    @Test("A pipe tells when it can be read")
    func pipe() throws {
        let (reading, writing) = try OpenFile.pipe(name: "test")
        #expect(try !reading.waitUntilReadable(milliseconds: 0))
        try writing.write(Array("x"))
        #expect(try reading.waitUntilReadable(milliseconds: 0))
    }

    @Test("Descriptors are not handed down to programs that are started")
    func closeOnExec() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open(try scratch.write("text", to: "file"), O_RDONLY)
        let directory = try scratch.directory()
        let inner = try directory.open(Array("file"), O_RDONLY)
        let (reading, writing) = try OpenFile.pipe(name: "test")
        for descriptor in [file, directory.file, inner, reading, writing].map(\.descriptor) {
            #expect(fcntl(descriptor, F_GETFD, 0) & FD_CLOEXEC != 0)
        }
    }

    @Test("Only a change of content, time or identity makes two looks differ")
    func sameContent() throws {
        let scratch = try Scratch()
        let path = try scratch.write("text", to: "file")
        let file = try OpenFile.open(path, O_RDWR)
        let before = try file.status()
        #expect(before.sameContent(as: try file.status()))
        try file.setModified(FileTime(seconds: 1, nanoseconds: 2))
        #expect(!before.sameContent(as: try file.status()))
    }
}
