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

private func made(_ path: String, _ change: (inout Policy.Directory) -> Void) -> Policy.Directory {
    var directory = Policy.Directory(path: path)
    change(&directory)
    return directory
}

@Suite struct PolicyTests {
    @Test func `The example is a valid policy and says what it shows`() throws {
        let policy = try Policy.read(examplePath)
        let directory = examplePath.dropLast("photon-neuro.yaml".count)
        let expected = Policy(
            name: "photon-neuro", vault: "/var/backups/photon-neuro",
            manifests: Policy.Manifests(source: .directory(directory + "../fixtures/photon-neuro/kubernetes")),
            data: [
                Policy.Dataset(
                    name: "app-data", source: .directory(made(directory + "../fixtures/photon-neuro/data") { $0.exclude = ["*.tmp"] }),
                    claims: ["photon-neuro/app-data"])
            ],
            validate: [Policy.Validation(.photonicCore(dataset: "app-data"))],
            objectives: Policy.Objectives(rpo: .seconds(26 * 3600), rto: .seconds(3600)),
            schedule: Policy.Schedule(backup: "0 2 * * *", verify: "0 4 * * 0", drill: "0 6 1 */3 *"),
            keep: Policy.Keep(daily: 30, weekly: 12, monthly: 12, yearly: 3))
        #expect(policy == expected)
    }

    @Test func `The whole example with a database is a valid policy`() throws {
        let policy = try Policy.read(examplePath.replacingOccurrences(of: "photon-neuro.yaml", with: "shop.yaml"))
        #expect(policy.data.map(\.name) == ["files", "database"] && policy.data.map(\.expect.bytes) == [nil, 1_000_001])
        #expect(policy.validate.count == 1 && policy.manifests?.diverged == .branch)
    }

    @Test func `Every field of a policy is read`() throws {
        let text = """
            version: 1
            name: all
            vault: vault
            before: &hook {command: [sync, "-a", 5, yes], timeout: 5m}
            after: *hook
            data:
            - {name: a, path: /a, exclude: ["*.tmp", b/c], excludeCaches: true, excludeIfPresent: [.nobackup], excludeLargerThan: 1GiB,
               oneFileSystem: true, before: {command: [x]}}
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
            finally: {command: [bell]}
            keep: {last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: 6}
            schedule: {backup: "*/5 1-3,7 * jan-MAR mon,7"}
            """
        let hook = Policy.Hook(command: ["sync", "-a", "5", "yes"], timeout: .seconds(300))
        let expected = Policy(
            name: "all", vault: "policies/vault",
            data: [
                Policy.Dataset(
                    name: "a",
                    source: .directory(
                        made("/a") {
                            ($0.exclude, $0.excludeCaches, $0.oneFileSystem) = (["*.tmp", "b/c"], true, true)
                            ($0.excludeIfPresent, $0.excludeLargerThan) = ([".nobackup"], 1 << 30)
                        }),
                    before: Policy.Hook(command: ["x"], timeout: .seconds(60))),
                Policy.Dataset(
                    name: "b", source: .command(["pg_dump", "photon"], file: "photon.dump", timeout: .seconds(7200)),
                    after: Policy.Hook(command: ["y"], timeout: .seconds(86400))),
                Policy.Dataset(name: "c", source: .command(["z"], file: "c")),
            ],
            before: hook, after: hook, finally: Policy.Hook(command: ["bell"]),
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

    @Test(arguments: [
        ("60s", 60), ("5m", 300), ("26h", 93600), ("1h30m", 5400), ("1w2d3h4m5s", 788_645), ("7d", 604_800), ("2w", 1_209_600),
    ])
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

/// What a dataset should hold, how its changes are known, whose it is, and where its history goes.
@Suite struct ExpectationPolicyTests {
    private func policy(_ text: String) throws -> Policy { try Policy.parse("version: 1\nname: n\n" + text, file: "p.yaml") }

    @Test(
        arguments: [
            ("{files: \">0\"}", 1, nil, nil), ("{files: \">=100\", bytes: \"> 1MB\"}", 100, 1_000_001, nil),
            ("{bytes: \">=2 GiB\", shrink: 20%}", nil, 2 << 30, 20), ("{shrink: 100}", nil, nil, 100),
        ] as [(String, Int64?, Int64?, Int?)])
    func `What is expected of a dataset is read`(text: String, files: Int64?, bytes: Int64?, shrink: Int?) throws {
        let expect = try policy("data:\n- {name: d, path: /d, expect: \(text)}\n").data[0].expect
        #expect(expect.files == files && expect.bytes == bytes && expect.shrink == shrink)
    }

    @Test(arguments: [
        ("data:\n- {name: d, path: /d, expect: {files: 3}}", "\"files\" is at least how much, not \"3\""),
        ("data:\n- {name: d, path: /d, expect: {bytes: \"<3MB\"}}", "\"bytes\" is at least how much"),
        ("data:\n- {name: d, path: /d, expect: {bytes: \">3 parsecs\"}}", "\"bytes\" is at least how much"),
        ("data:\n- {name: d, path: /d, expect: {bytes: \">99999999999TB\"}}", "\"bytes\" is at least how much"),
        ("data:\n- {name: d, path: /d, expect: {shrink: 101%}}", "\"shrink\" is what may be gone, from 0% to 100%"),
        ("data:\n- {name: d, path: /d, expect: {size: \">0\"}}", "unknown key \"size\""),
        ("data:\n- {name: d, path: /d, change: always}", "\"change\" is how changes are known, not \"always\""),
        ("data:\n- {name: d, path: /d, change: {content: 0}}", "\"content\" is a number from 1"),
        ("data:\n- {name: d, command: [x], file: f, change: content}", "\"change\" does not go with \"command\""),
        ("host: any\ndata:\n- {name: d, path: /d}", "\"any\" is no name of a host"),
        ("host: a b\ndata:\n- {name: d, path: /d}", "\"a b\" is no name of a host"),
        ("manifests: {directory: d, push: force}", "\"push\" is merge or branch, not \"force\""),
        ("manifests: {cluster: {}, secrets: omit, exclude: [a]}", "\"exclude\" goes with \"directory\""),
        ("manifests: {directory: d, exclude: [\"\"]}", "\"exclude\" holds an empty pattern"),
    ])
    func `What cannot be meant is named`(text: String, problem: String) throws {
        let found = try problems("version: 1\nname: n\n" + text + "\n")
        #expect(found.count == 1 && found[0].contains(problem), "\(found)")
    }

    @Test func `Changes, a host and a way for the history are read`() throws {
        let read = try policy(
            """
            host: web-1
            manifests: {directory: /m, exclude: [kustomization.yaml], remotes: [/r.git], push: branch}
            data:
            - {name: a, path: /a, change: content}
            - {name: b, path: /b, change: {content: 7}}
            - {name: c, path: /c, change: times}
            """)
        #expect(read.host == "web-1")
        #expect(read.manifests?.source == .directory("/m", exclude: ["kustomization.yaml"]) && read.manifests?.diverged == .branch)
        let changes = read.data.map { dataset in
            if case .directory(let directory) = dataset.source { directory.change } else { Policy.Change.times }
        }
        #expect(changes == [.content(nights: 1), .content(nights: 7), .times])
    }

    @Test func `A byte order mark does not matter, and UTF-16 is told as that`() throws {
        let text = "version: 1\nname: app\nvault: v\ndata: [{name: d, path: d}]\n"
        #expect(try Policy.parse("\u{FEFF}" + text, file: "p.yaml") == Policy.parse(text, file: "p.yaml"))
        let path = "\(NSTemporaryDirectory())/rekindle-test-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data([0xEF, 0xBB, 0xBF] + text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(try Policy.read(path).name == "app")
        try Data([0xFF, 0xFE] + text.utf8.flatMap { [$0, 0] }).write(to: URL(fileURLWithPath: path))
        let error = try #require(throws: YAMLError.self) { try Policy.read(path) }
        #expect(error.description.contains("UTF-16"))
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
