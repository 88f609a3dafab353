import Foundation
import Testing

@testable import Policy
@testable import StrictYAML

/// The example that ships with the program.
let examplePath = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/policies/photon-neuro.yaml"

func exampleText() throws -> String { try String(contentsOfFile: examplePath, encoding: .utf8) }

/// The problems of a policy's text, as they are told.
func problems(_ text: String, file: String = "p.yaml") throws -> [String] {
    do {
        _ = try Policy.parse(text, file: file)
        return []
    } catch let error as YAMLError {
        return error.problems.map(\.description)
    }
}

@Suite struct PolicyTests {
    @Test func `The example is a valid policy and says what it shows`() throws {
        let policy = try Policy.read(examplePath)
        let directory = examplePath.dropLast("photon-neuro.yaml".count)
        let expected = Policy(
            name: "photon-neuro", vault: "/var/backups/photon-neuro",
            manifests: Policy.Manifests(source: .directory(directory + "../fixtures/photon-neuro/kubernetes")),
            data: [
                Policy.Dataset(name: "app-data", source: .directory(path: directory + "../fixtures/photon-neuro/data", exclude: ["*.tmp"]))
            ],
            validate: [Policy.Validation(.photonicCore(dataset: "app-data"))],
            objectives: Policy.Objectives(rpo: .seconds(26 * 3600), rto: .seconds(3600)),
            schedule: Policy.Schedule(backup: "0 2 * * *", verify: "0 4 * * 0", drill: "0 6 1 */3 *"),
            keep: Policy.Keep(daily: 30, weekly: 12, monthly: 12, yearly: 3))
        #expect(policy == expected)
    }

    @Test func `Every field of a policy is read`() throws {
        let text = """
            version: 1
            name: all
            vault: vault
            before: &hook {command: [sync, "-a", 5, yes], timeout: 5m}
            after: *hook
            data:
            - {name: a, path: /a, exclude: ["*.tmp", b/c], excludeCaches: true, oneFileSystem: true, before: {command: [x]}}
            - name: b
              command: [pg_dump, photon]
              file: photon.dump
              timeout: 2h
              after: {command: [y], timeout: 1d}
            - {name: c, command: [z], file: c}
            validate:
            - photonicCore: {data: a, suite: suites/s.yaml}
            - {command: [pytest, -q], timeout: 90s, retries: 2}
            - command: ["true"]
            - http: {url: "http://h/health", status: 204, json: {status: healthy, checks.mesh: true}, latency: 250ms, timeout: 1m}
            - http: {url: "https://h"}
            - {kubernetes: {namespaces: [a, b], job: smoke.yaml}, timeout: 2m}
            keep: {last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: 6}
            schedule: {backup: "*/5 1-3,7 * jan-MAR mon,7"}
            """
        let hook = Policy.Hook(command: ["sync", "-a", "5", "yes"], timeout: .seconds(300))
        let expected = Policy(
            name: "all", vault: "policies/vault",
            data: [
                Policy.Dataset(
                    name: "a", source: .directory(path: "/a", exclude: ["*.tmp", "b/c"], excludeCaches: true, oneFileSystem: true),
                    before: Policy.Hook(command: ["x"], timeout: .seconds(60))),
                Policy.Dataset(
                    name: "b", source: .command(["pg_dump", "photon"], file: "photon.dump", timeout: .seconds(7200)),
                    after: Policy.Hook(command: ["y"], timeout: .seconds(86400))),
                Policy.Dataset(name: "c", source: .command(["z"], file: "c")),
            ],
            before: hook, after: hook,
            validate: [
                Policy.Validation(.photonicCore(dataset: "a", suite: "policies/suites/s.yaml")),
                Policy.Validation(.command(["pytest", "-q"]), timeout: .seconds(90), retries: 2), Policy.Validation(.command(["true"])),
                Policy.Validation(
                    .http(
                        Policy.Health(
                            url: "http://h/health", status: 204, json: ["status": "healthy", "checks.mesh": "true"],
                            latency: .milliseconds(250))), timeout: .seconds(60)),
                Policy.Validation(.http(Policy.Health(url: "https://h")), timeout: .seconds(30)),
                Policy.Validation(.kubernetes(namespaces: ["a", "b"], job: "policies/smoke.yaml"), timeout: .seconds(120)),
            ],
            schedule: Policy.Schedule(backup: "*/5 1-3,7 * jan-MAR mon,7"),
            keep: Policy.Keep(last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: 6))
        #expect(try Policy.parse(text, file: "policies/all.yaml") == expected)
    }

    @Test(arguments: [("p.yaml", "d"), ("./p.yaml", "./d"), ("a/b/p.yaml", "a/b/d"), ("/p.yaml", "/d")])
    func `Paths are relative to the policy's own directory`(_ file: String, _ path: String) throws {
        let policy = try Policy.parse("{version: 1, name: n, manifests: {directory: d, secrets: plain}}", file: file)
        #expect(policy.manifests?.source == .directory(path))
    }

    @Test func `Every validation has an end, and a cluster's is about the namespaces that are captured`() throws {
        let text = """
            version: 1
            name: n
            manifests: {cluster: {namespaces: [photon-neuro, lab]}, secrets: omit}
            data: [{name: a, path: /a}]
            validate: [{photonicCore: {data: a}}, {command: [x]}, {http: {url: "http://h"}}, {kubernetes: {}}]
            """
        let steps = try Policy.parse(text, file: "p.yaml").validate
        #expect(steps.map(\.timeout) == [.seconds(600), .seconds(3600), .seconds(30), .seconds(300)])
        #expect(steps.last?.check == .kubernetes(namespaces: ["photon-neuro", "lab"]))
    }

    @Test func `A cluster is captured as the policy says`() throws {
        let text = """
            version: 1
            name: n
            manifests:
              cluster:
                kubeconfig: admin.conf
                context: prod
                namespaces: [photon-neuro, lab]
                kinds: [deployments.apps, secrets, "*.photon.example"]
                include: [events]
                exclude: [pods]
                selector: "tier in (web, db),!old"
                related: false
              recipients: [age1one, age1two]
              remotes: ["ssh://git@host/a.git", "git@host:a.git", "https://host/a.git", "file:///srv/a.git", ../mirror.git]
            """
        var cluster = Policy.Cluster()
        cluster.kubeconfig = "etc/admin.conf"
        cluster.context = "prod"
        cluster.namespaces = ["photon-neuro", "lab"]
        cluster.kinds = ["deployments.apps", "secrets", "*.photon.example"]
        cluster.include = ["events"]
        cluster.exclude = ["pods"]
        cluster.selector = "tier in (web, db),!old"
        cluster.related = false
        let remotes = ["ssh://git@host/a.git", "git@host:a.git", "https://host/a.git", "file:///srv/a.git", "etc/../mirror.git"]
        let expected = Policy.Manifests(source: .cluster(cluster), secrets: .encrypt(recipients: ["age1one", "age1two"]), remotes: remotes)
        #expect(try Policy.parse(text, file: "etc/p.yaml").manifests == expected)
        let whole = try Policy.parse("{version: 1, name: n, manifests: {cluster: {}, secrets: omit}}", file: "p").manifests
        #expect(whole == Policy.Manifests(source: .cluster(Policy.Cluster()), secrets: .omit))
    }

    @Test(arguments: [("60s", 60), ("5m", 300), ("26h", 93600), ("7d", 604_800), ("2w", 1_209_600)])
    func `Durations carry a unit`(_ text: String, _ seconds: Int64) throws {
        #expect(
            try Policy.parse("{version: 1, name: n, data: [], objectives: {rpo: \(text)}}", file: "p").objectives.rpo == .seconds(seconds))
    }

    @Test(arguments: [
        ("exlude", "exclude"), ("execute", nil), ("naem", "name"), ("Name", "name"), ("", nil), ("nam", "name"), ("validates", "validate"),
    ])
    func `The nearest word is suggested, and none when none is near`(_ text: String, _ word: String?) {
        #expect(Suggestion.nearest(to: text, among: ["name", "path", "exclude", "validate"]) == word)
    }
}

/// policies/REFERENCE.md names every key that the parser knows.
@Suite struct PolicyReferenceTests {
    static let sections = [
        "%", "before: {%}", "manifests: {%}", "manifests: {cluster: {%}}", "data: [{%}]", "validate: [{%}]",
        "validate: [{photonicCore: {%}}]",
        "validate: [{http: {%}}]", "validate: [{kubernetes: {%}}]", "objectives: {%}", "schedule: {%}", "keep: {%}",
    ]

    @Test(arguments: sections) func `Every key is explained`(_ section: String) throws {
        let reference = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
                .appendingPathComponent("policies/REFERENCE.md"), encoding: .utf8)
        let text = "version: 1\nname: n\n" + section.replacing("%", with: "qqqqqqqqqqqq: 1") + "\n"
        let told = try #require(try problems(text).first { $0.contains("qqqqqqqqqqqq") })
        let known = try #require(told.split(separator: "known are ").last).split(separator: ", ").map { $0.filter { $0.isLetter } }
        #expect(known.count >= 2)
        for key in known { #expect(reference.contains(try Regex("[`.{ ]\(key)[`,:} ]")), "\(key)") }
    }
}
