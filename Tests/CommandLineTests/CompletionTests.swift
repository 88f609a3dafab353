import Foundation
import TestSupport
import Testing

/// What a shell completes: bash, with the script that the program writes.
struct CompletionTests {
    private let program: Program

    init() throws {
        program = Program(scratch: try Scratch())
        try program.shell("mkdir -p bin data/sub; touch data/file p.yaml other.txt; ln -s \(Program.path) bin/rekindle")
        try program.run("init", "v")
        try program.run("backup", "--vault", "v", "data", "--host", "web-1")
    }

    /// The words that bash offers at the end of a line.
    private func offered(_ line: String) throws -> [String] {
        let script = """
            export PATH=$PWD/bin:$PATH
            source <(rekindle --generate-completion-script bash)
            COMP_LINE='\(line)'; COMP_POINT=${#COMP_LINE}
            read -ra COMP_WORDS <<< "$COMP_LINE"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            compopt() { :; }
            _rekindle rekindle "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        return try program.shell(script).output.split(separator: "\n").map { $0.trimmingCharacters(in: [" "]) }
    }

    @Test func snapshotsHostsChoicesFilesAndDirectoriesAreOffered() throws {
        let id = try #require(try program.json("show", "latest", "--vault", "v")["id"] as? String).prefix(10)
        #expect(try offered("rekindle restore --vault v ").contains(String(id)))
        #expect(try offered("rekindle show --vault v lat") == ["latest", "latest-complete"])
        #expect(try offered("rekindle snapshots --vault v --host ") == ["any", "web-1"])
        #expect(try offered("rekindle restore latest --overwrite ") == ["always", "changed", "never"])
        #expect(try offered("rekindle report --format ") == ["html", "markdown", "json", "junit", "in-toto"])
        #expect(try offered("rekindle verify --log-format ") == ["text", "json"])
        #expect(try Set(offered("rekindle backup --vault ")).isSuperset(of: ["v", "data"]))
        #expect(try !offered("rekindle backup --vault ").contains("other.txt"))
        #expect(try offered("rekindle backup --policy ").contains("p.yaml"))
        #expect(try offered("rekindle backup --vault v data/").contains("data/file"))
        #expect(try offered("rekindle sta") == ["status"])
        // Without a vault the words alone, and no error in the middle of a line.
        #expect(try offered("rekindle show ") == ["latest", "latest-complete"])
    }

    @Test(arguments: ["bash", "zsh", "fish"]) func theScriptsAreOnes(shell: String) throws {
        let script = try program.run("--generate-completion-script", shell).output
        #expect(script.contains("rekindle") && script.count > 1000)
        try program.shell("rekindle() { \(Program.path) \"$@\"; }; bash -n <(rekindle --generate-completion-script bash)")
    }
}
