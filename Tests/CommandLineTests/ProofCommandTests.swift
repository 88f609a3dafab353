import Foundation
import FoundationXML
import TestSupport
import Testing

/// Data that is bad, from the night on which it became so to the report: what is printed, and with which status.
@Suite struct ProofCommandTests {
    private let program: Program
    private var scratch: Scratch { program.scratch }

    init() throws {
        program = Program(scratch: try Scratch())
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        try program.shell("cp -r '\(root.path)/fixtures/photon-neuro/sdk' data && mkdir kubernetes")
        try program.shell("cp '\(root.path)/policies/photon-neuro.suite.yaml' suite.yaml")
        try manifest(replicas: 1)
        try scratch.write(
            """
            version: 1
            name: test
            vault: v
            manifests: {directory: kubernetes}
            data:
              - {name: sdk, path: data}
            validate:
              - photonicCore: {data: sdk, suite: suite.yaml}
            objectives: {rpo: 26h, rto: 1h}
            """, to: "p.yaml")
        try program.run("init", "v")
    }

    private func manifest(replicas: Int) throws {
        try scratch.write(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: app}\nspec: {replicas: \(replicas)}\n",
            to: "kubernetes/web.yaml")
    }

    private func spoil() throws {
        try program.shell("truncate -s 300 data/phases/encoder.npy && echo new > data/new.txt")
        try manifest(replicas: 3)
    }

    @Test func badLiveDataIsStatusFiveUntilItIsMended() throws {
        let good = try program.run("backup", "--policy", "p.yaml")
        #expect(good.output.contains("self-tests passed"), "\(good.output)")
        let well = try program.run("status", "--policy", "p.yaml")
        #expect(well.output.contains("self-tests        none failed on the live data\n"), "\(well.output)")
        #expect(well.output.contains("P3  no drill has shown yet that this comes back: run `rekindle drill`\n"))
        #expect(try program.run("restore", "latest", "--target", "back", "--policy", "p.yaml").output.contains(/passed .*photonic-core/))

        try spoil()
        let bad = try program.run("backup", "--policy", "p.yaml", expecting: 5)
        #expect(bad.output.contains("FAILED on the live data") && bad.error.contains("phases/encoder.npy: readable: "), "\(bad)")
        let ill = try program.run("status", "--policy", "p.yaml", expecting: 5)
        #expect(ill.output.contains(/self-tests +[0-9]+ FAILED on the live data\n/), "\(ill.output)")
        #expect(ill.output.contains(/P2  the live data failed [0-9]+ self-tests? when it was last backed up/))
        let back = try program.run("restore", "latest", "--target", "bad", "--policy", "p.yaml", expecting: 5)
        #expect(
            back.output.contains(/FAILED .*photonic-core \(sdk\): .*; when it was backed up, [0-9]+ failed already\n/), "\(back.output)")
    }

    @Test func bisectNamesTheFirstBadSnapshotAndWhatChanged() throws {
        for text in ["one", "two"] {
            try scratch.write(text, to: "data/note.txt")
            try program.run("backup", "--policy", "p.yaml")
        }
        try spoil()
        try program.run("backup", "--policy", "p.yaml", expecting: 5)
        try scratch.write("four", to: "data/note.txt")
        try program.run("backup", "--policy", "p.yaml", expecting: 5)
        let ids = try #require(try program.json("snapshots", "--vault", "v")["snapshots"] as? [[String: Any]]).compactMap {
            $0["id"] as? String
        }
        let found = try program.run("bisect", "--policy", "p.yaml", "--good", ids[0])
        #expect(found.output.contains("first bad: \(ids[2].prefix(10)) of "), "\(found.output)")
        #expect(found.output.contains("+ sdk/new.txt\n") && found.output.contains("~ sdk/phases/encoder.npy"), "\(found.output)")
        #expect(found.output.contains("~ manifests/app/deployment.apps/web.yaml"), "\(found.output)")
        let document = try program.json("bisect", "--policy", "p.yaml", "--good", ids[0])
        #expect((document["firstBad"] as? String) == ids[2], "\(document)")
    }

    /// JUnit's schema and the framework's own words, read by other programs.
    @Test func theLastDrillIsGivenToOtherPrograms() throws {
        try program.run("backup", "--policy", "p.yaml")
        let none = try program.run("report", "--policy", "p.yaml", "--format", "junit", expecting: 2)
        #expect(none.error.contains("there was no drill yet"))
        try program.run("drill", "--policy", "p.yaml")
        let junit = try program.run("report", "--policy", "p.yaml", "--format", "junit").output
        let document = try XMLDocument(xmlString: junit)
        let cases = try document.nodes(forXPath: "/testsuites/testsuite/testcase")
        let count = try #require(document.rootElement()?.attribute(forName: "tests")?.stringValue.flatMap(Int.init))
        #expect(cases.count == count && count > 150 && junit.contains("failures=\"0\""))
        #expect(try document.nodes(forXPath: "//testcase[@name='phases/encoder.npy: unitarity']").count == 1)
        let statement = try #require(
            try JSONSerialization.jsonObject(with: Data(try program.run("report", "--policy", "p.yaml", "--format", "in-toto").output.utf8))
                as? [String: Any])
        #expect(statement["_type"] as? String == "https://in-toto.io/Statement/v1")
        #expect(statement["predicateType"] as? String == "https://in-toto.io/attestation/test-result/v0.1")
        let subject = try #require((statement["subject"] as? [[String: Any]])?.first?["digest"] as? [String: String])
        #expect(subject["sha256"]?.count == 64)
        let predicate = try #require(statement["predicate"] as? [String: Any])
        #expect(predicate["result"] as? String == "PASSED" && (predicate["failedTests"] as? [String]) == [])
        #expect((predicate["passedTests"] as? [String])?.contains("photonic-core (sdk)") == true && predicate["configuration"] is [Any])
        // What is wrong is that in both.
        try spoil()
        try program.run("backup", "--policy", "p.yaml", expecting: 5)
        try program.run("drill", "--policy", "p.yaml", expecting: 5)
        #expect(try program.run("report", "--policy", "p.yaml", "--format", "in-toto").output.contains("\"result\" : \"FAILED\""))
        let bad = try XMLDocument(xmlString: try program.run("report", "--policy", "p.yaml", "--format", "junit").output)
        #expect(try !bad.nodes(forXPath: "//testcase[@name='phases/encoder.npy: readable']/failure").isEmpty)
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsADrillAndLeavesNothing(signal: Int32) throws {
        try program.run("backup", "--policy", "p.yaml")
        try program.shell(
            "sed -i 's/^validate:/validate:\\n  - command: [sh, -c, \"echo $$ > ..\\/..\\/..\\/started; exec sleep 70\"]/' p.yaml && mkdir drills"
        )
        let run = try program.start(["drill", "--policy", "p.yaml", "--scratch", "drills"])
        try waitUntil { scratch.exists("started") }
        #expect(try scratch.files("drills").count > 10)
        run.child.kill(signal)
        let outcome = try run.wait()
        #expect(outcome.status == 128 + signal && outcome.error.contains("interrupted"), "\(outcome)")
        try program.shell("! kill -0 $(cat started)")
        #expect(try scratch.files("drills").isEmpty)
    }

    @Test func aPartOfASnapshotIsRestoredWithoutSelfTests() throws {
        try program.run("backup", "--policy", "p.yaml")
        let part = try program.run("restore", "latest", "--target", "part", "--policy", "p.yaml", "--include", "sdk/weights")
        #expect(part.output.contains(/not run +restored files +photonic-core \(sdk\): only a part was restored\n/), "\(part.output)")
        let none = try program.run("restore", "latest", "--target", "none", "--policy", "p.yaml", "--include", "sdk/weigths", expecting: 2)
        #expect(none.error.contains("matches what is to be included") && none.output.isEmpty, "\(none)")
    }

    @Test func nothingIsRestoredIntoTheVaultAndWhatWasKeptWasNotCompared() throws {
        try program.run("backup", "--policy", "p.yaml")
        let before = try scratch.files("v")
        for target in ["v/packs", "v/new/deep", "./v/../v/x"] {
            let outcome = try program.run("restore", "latest", "--target", target, "--vault", "v", expecting: 2)
            #expect(outcome.error.contains("the target lies in the vault"), "\(outcome)")
        }
        #expect(try scratch.files("v") == before)
        // A dataset that is called as the vault is, and a target that the vault lies in.
        try program.shell("mkdir holder")
        try program.run("init", "holder/sdk")
        try program.run("backup", "--policy", "p.yaml", "--vault", "holder/sdk")
        let inside = try scratch.files("holder/sdk")
        for more in [[], ["--delete"]] {
            let outcome = try program.start(["restore", "latest", "--target", "holder", "--vault", "holder/sdk"] + more).wait()
            #expect(outcome.status == 2 && outcome.error.contains("sdk of the target is the vault itself"), "\(outcome)")
        }
        #expect(try scratch.files("holder/sdk") == inside)
        try program.run("verify", "--vault", "holder/sdk")
        try program.run("restore", "latest", "--target", "back", "--vault", "v")
        try scratch.write("mine", to: "back/sdk/circuit.json")
        let kept = try program.run("restore", "latest", "--target", "back", "--vault", "v", "--overwrite", "never")
        #expect(kept.output.contains("what was kept was not compared") && !kept.output.contains("every byte checked"), "\(kept.output)")
    }
}
