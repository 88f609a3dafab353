import Testing

@testable import Tarball

@Suite struct MtreeRefusalTests {
    private static let hex = String(repeating: "a", count: 64)
    private static let common = "uid=0 gid=0 mode=0644 time=1700000000.000000001"
    private static let file = "type=file \(common) size=100 sha256digest=\(hex) contents=blobs/\(hex)"
    private static let dir = "type=dir \(common)"

    private static func parse(_ lines: String) throws -> [TreeEntry] {
        try parseTree(MtreeWriter.header + Array(lines.utf8))
    }

    @Test(
        "These lines are right",
        arguments: [
            "./a \(file)", "./a \(dir)", "./a type=link \(common) link=b", "./a type=fifo \(common)",
            "./a type=char \(common) device=native,1,2",
            "./a type=block \(common) device=native,4294967295,0", "./a \(file) tags=unstable",
            "./a \(file) tags=ctime:1.000000000,inode:1",
            "#: data\n./a \(file)", "#: xattr user.a=\n./a \(dir)", "./0 \(file)\n#: hardlink ./0\n./1 \(file)",
        ])
    func right(lines: String) throws {
        #expect(!(try Self.parse(lines + "\n")).isEmpty)
    }

    static let badPaths = [
        "/a", "a", "./", ".", "..", "./..", "./../a", "./a/..", "./a/../b", "./.", "./a/./b", "./a//b", ".//a", "./a/", "./\\056\\056",
        "./a\\057b",
        "./\\000", "./\\141", "./a\\4", "./a\\", "./a=b", "./a#b", "./ä", "./a\tb",
    ]

    @Test("A path that no backup writes is refused", arguments: badPaths)
    func paths(path: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("\(path) \(Self.dir)\n") }
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("./0 \(Self.file)\n#: hardlink \(path)\n./1 \(Self.file)\n") }
    }

    static let badLines = [
        "", " ", "./a", "./a ", " ./a \(dir)", "./a  \(dir)", "./a\t\(dir)", "./a \(dir)\r", "./a \(dir) extra", "./a \(dir) nlink=1",
        "./a \(dir) size=1", "./a type=dir", "./a type=dir gid=0 uid=0 mode=0644 time=1.000000000", "./a type=socket \(common)",
        "./a type= \(common)",
        "./a type=DIR \(common)", "/set type=dir", "./a type=file \(common)", "./a type=file \(common) size=1", "./a type=link \(common)",
        "./a type=link \(common) link=", "./a type=link \(common) link=\\000", "./a type=char \(common)",
        "./a type=char \(common) device=1,2",
        "./a type=char \(common) device=native,1", "./a type=char \(common) device=native,1,2,3", "./a type=char \(common) device=native,,",
        "./a type=block \(common) device=native,4294967296,0", "./a type=block \(common) device=linux,1,2", "./a \(file) tags=",
        "./a \(file) tags=new", "./a \(file) tags=inode:1", "./a \(file) tags=unstable,", "./a \(file) tags=ctime:1.0,inode:1",
        "./a type=file \(common) size=1 sha256digest=\(hex.uppercased()) contents=blobs/\(hex)",
        "./a type=file \(common) size=1 sha256digest=\(hex) contents=blob/\(hex)",
        "./a type=file \(common) size=1 sha256digest=\(hex) contents=\(hex)",
        "./a type=file \(common) size=1 sha256digest=\(hex) contents=blobs/../\(hex)", "./a type=file \(common) size=1 sha256digest=\(hex)",
        "./a type=file \(common) size=-1 sha256digest=\(hex) contents=blobs/\(hex)",
        "./a type=file \(common) size=9223372036854775808 sha256digest=\(hex) contents=blobs/\(hex)",
        "./a type=file \(common) size=99999999999999999999 sha256digest=\(hex) contents=blobs/\(hex)",
        "./a type=file \(common) size= sha256digest=\(hex) contents=blobs/\(hex)",
        "./a type=file \(common) size=1e3 sha256digest=\(hex) contents=blobs/\(hex)",
    ]

    @Test("A line that says too little, too much or something else is refused", arguments: badLines)
    func lines(line: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse(line + "\n") }
    }

    @Test(
        "Numbers of owners and modes beyond their range are refused",
        arguments: [
            "uid=4294967296 gid=0 mode=0644", "uid=-1 gid=0 mode=0644", "uid=0 gid=4294967296 mode=0644", "uid=+1 gid=0 mode=0644",
            "uid=0x0 gid=0 mode=0644", "uid=root gid=0 mode=0644", "uid= gid=0 mode=0644", "uid=0 gid=0 mode=010000", "uid=0 gid=0 mode=",
            "uid=0 gid=0 mode=0888", "uid=0 gid=0 mode=-755", "uid=0 gid=0 mode=u+x",
        ])
    func numbers(text: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("./a type=dir \(text) time=1.000000000\n") }
    }

    @Test(
        "A time without exactly nine digits behind its point is refused",
        arguments: [
            "1", "1.", "1.0", "1.00000000", "1.0000000000", ".000000000", "-.000000000", "1.-00000000", "1.+00000000", "+1.000000000",
            "--1.000000000",
            "1,000000000", "9223372036854775808.000000000", "1.00000000a", "1 .000000000", "1.0.0000000", "",
        ])
    func times(time: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("./a type=dir uid=0 gid=0 mode=0755 time=\(time)\n") }
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("./a \(Self.dir) tags=ctime:\(time),inode:1\n") }
    }

    @Test(
        "A comment that is not one of ours, or does not fit its entry, is refused",
        arguments: [
            "#", "# note", "#:", "#: ", "#: note", "#:xattr user.a=b", "#: xattr", "#: xattr user.a", "#: xattr =b", "#: xattr user.a=b c",
            "#: xattr user\\000=b", "#: xattr user.a=b\"=", "#: hardlink", "#: hardlink ./0 ./0", "#: data 1", "#: data 1+", "#: data +1",
            "#: data 0+0",
            "#: data 0+101", "#: data 100+1", "#: data 5+1 4+1", "#: data 0+2 1+1", "#: data 0+9223372036854775807",
            "#: data 9223372036854775807+1",
            "#: data -1+1", "#: data 0+1\n#: data 2+1", "#mtree", "#: rekindle tree 1",
        ])
    func comments(comment: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("\(comment)\n./a \(Self.file)\n") }
    }

    @Test("What only files have is refused for anything else", arguments: ["#: data 0+1", "#: data", "#: hardlink ./0"])
    func filesOnly(comment: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("./0 \(Self.file)\n\(comment)\n./a \(Self.dir)\n") }
    }

    @Test(
        "Paths must rise",
        arguments: [("./b", "./a"), ("./a", "./a"), ("./a/b", "./a"), ("./a\\040b", "./a/b"), ("./a/b/c", "./a/b")])
    func order(first: String, second: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("\(first) \(Self.dir)\n\(second) \(Self.dir)\n") }
    }

    @Test("A hard link names an earlier path", arguments: ["./b", "./c", "./b/a"])
    func hardLinks(first: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse("#: hardlink \(first)\n./b \(Self.file)\n") }
    }

    @Test(
        "Without its header a tree is none",
        arguments: [
            "", "\n", "#mtree", "#mtree\n", "#mtree\n#: rekindle tree 2\n", "#mtree\n./a \(dir)\n", "#: rekindle tree 1\n#mtree\n",
            "./a \(dir)\n",
            " #mtree\n#: rekindle tree 1\n", "#mtree \n#: rekindle tree 1\n", "#mtree\r\n#: rekindle tree 1\r\n",
            "\n#mtree\n#: rekindle tree 1\n",
            "#mtree\n#: rekindle tree 1", "#mtree v2.0\n#: rekindle tree 1\n",
        ])
    func header(text: String) {
        #expect(throws: MtreeParser.Failure.self) { try parseTree(Array(text.utf8)) }
    }

    @Test("A failure names its line")
    func lineNumber() throws {
        let failure = #expect(throws: MtreeParser.Failure.self) {
            try Self.parse("./a \(Self.dir)\n#: xattr user.a=b\n./b \(Self.file)\n#: xattr user.a=b\n./c type=none\n")
        }
        #expect(failure?.line == 7)
    }

    @Test("An entry without an end is not collected for ever")
    func endless() throws {
        var parser = MtreeParser()
        parser.feed(MtreeWriter.header)
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        #expect(throws: MtreeParser.Failure.self) {
            for _ in 0..<16 {
                parser.feed(piece)
                _ = try parser.next()
            }
        }
    }

    @Test("The rest of a line that a gap cut is not collected for ever either")
    func endlessBehindGap() throws {
        var parser = MtreeParser()
        parser.skipGap()
        let piece = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        #expect(throws: MtreeParser.Failure.self) {
            for _ in 0..<16 {
                parser.feed(piece)
                _ = try parser.next()
            }
        }
    }

    @Test(
        "One tree has one spelling",
        arguments: [
            "./a \(dir) ", "./a type=dir uid=00 gid=0 mode=0644 time=1.000000000", "./a type=dir uid=0 gid=0 mode=+644 time=1.000000000",
            "./a type=dir uid=0 gid=0 mode=644 time=1.000000000", "./a type=dir uid=0 gid=0 mode=00644 time=1.000000000",
            "./a type=dir uid=0 gid=0 mode=0644 time=-0.000000000", "./a type=dir uid=0 gid=0 mode=0644 time=01.000000000",
            "./a \(file) tags=unstable,unstable", "./a \(file) tags=ctime:1.000000000",
            "./a \(file) tags=unstable,ctime:1.000000000,inode:1",
            "#: xattr user.a=b \n./a \(file)", "#: data 0+1 \n./a \(file)", "#: data 00+1\n./a \(file)",
            "#: data 0+1\n#: xattr user.a=b\n./a \(file)",
            "./a type=char \(common) device=native,01,2",
        ])
    func secondSpellings(lines: String) {
        #expect(throws: MtreeParser.Failure.self) { try Self.parse(lines + "\n") }
    }
}
