import Foundation
import Glibc
import TestSupport
import Testing

@testable import FileTree

@Suite struct ExtendedAttributeTests {
    private let attributes = [
        ExtendedAttribute(name: Array("user.a"), value: []), ExtendedAttribute(name: Array("user.b"), value: [0, 255, 10, 0]),
        ExtendedAttribute(name: Array("user.text"), value: Array("value")),
    ]

    @Test("Attributes of an open file are read back, sorted by name")
    func openFile() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open(try scratch.write("text", to: "file"), O_RDWR)
        #expect(try file.extendedAttributes() == [])
        for attribute in attributes.reversed() { try file.setExtendedAttribute(attribute) }
        #expect(try file.extendedAttributes() == attributes)
        try file.removeExtendedAttribute(Array("user.b"))
        #expect(try file.extendedAttributes().map(\.name) == [Array("user.a"), Array("user.text")])
        #expect(errorCode { try file.removeExtendedAttribute(Array("user.b")) } == ENODATA)
    }

    @Test("Attributes of a name in a directory are its own")
    func named() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.folder("folder")
        let directory = try scratch.directory()
        for attribute in attributes {
            try directory.setExtendedAttribute(attribute, of: Array("file"))
            try directory.setExtendedAttribute(attribute, of: Array("folder"))
        }
        #expect(try directory.extendedAttributes(of: Array("file")) == attributes)
        #expect(try directory.openDirectory(Array("folder")).file.extendedAttributes() == attributes)
    }

    @Test("A link's attributes are not its target's")
    func links() throws {
        let scratch = try Scratch()
        try scratch.write("text", to: "file")
        try scratch.link("link", to: "file")
        let directory = try scratch.directory()
        try directory.setExtendedAttribute(attributes[2], of: Array("file"))
        #expect(try directory.extendedAttributes(of: Array("link")) == [])
        // The kernel gives links no attributes of users.
        #expect(errorCode { try directory.setExtendedAttribute(attributes[2], of: Array("link")) } == EPERM)
    }

    @Test("Many attributes, and large ones, are read whole")
    func many() throws {
        let scratch = try Scratch()
        let file = try OpenFile.open(try scratch.write("text", to: "file"), O_RDWR)
        var expected: [ExtendedAttribute] = []
        for number in 100..<130 {
            let attribute = ExtendedAttribute(name: Array("user.n\(number)"), value: [UInt8](repeating: UInt8(number), count: 20))
            try file.setExtendedAttribute(attribute)
            expected.append(attribute)
        }
        let large = ExtendedAttribute(name: Array("user.z"), value: [UInt8](repeating: 9, count: 2000))
        try file.setExtendedAttribute(large)
        #expect(try file.extendedAttributes() == expected + [large])
    }

    @Test("getfattr sees what was set, and an ACL is an attribute")
    func stockTools() throws {
        let scratch = try Scratch()
        let path = try scratch.write("text", to: "file")
        let file = try OpenFile.open(path, O_RDWR)
        try file.setExtendedAttribute(attributes[1])
        #expect(try run("getfattr", "-n", "user.b", "-e", "hex", "--only-values", "--absolute-names", path).status == 0)
        #expect(try run("getfattr", "-n", "user.b", "-e", "hex", "--absolute-names", path).text.contains("user.b=0x00ff0a00"))
        #expect(try run("setfacl", "-m", "u:1234:r", path).status == 0)
        let list = try #require(try file.extendedAttributes().first { $0.name == Array("system.posix_acl_access") })
        let other = try OpenFile.open(try scratch.write("text", to: "other"), O_RDWR)
        try other.setExtendedAttribute(list)
        #expect(try run("getfacl", "-n", "-c", "-p", "\(scratch.path)/other").text.contains("user:1234:r--"))
    }

    @Test("Where a file system offers none, a file has none")
    func unsupported() throws {
        let file = try OpenFile.open("/proc/self/status", O_RDONLY)
        #expect(try file.extendedAttributes() == [])
    }
}
