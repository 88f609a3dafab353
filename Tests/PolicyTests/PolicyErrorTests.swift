import Foundation
import Glibc
import Testing

@testable import Policy
@testable import StrictYAML

@Suite struct PolicyErrorTests {
    static let head = "version: 1\nname: n\n"
    static let data = head + "data:\n- {name: d, path: /d}\n"

    /// A policy, and exactly what is said of it.
    static let whole: [(String, String)] = [
        ("", "1: the file is empty — a policy begins with \"version: 1\""),
        ("# nothing\n", "1: the file is empty — a policy begins with \"version: 1\""),
        ("---\n", "1: the file is empty — a policy begins with \"version: 1\""),
        ("- a\n", "1: a policy is a mapping of keys and values, not a list"),
        ("text", "1: a policy is a mapping of keys and values, not \"text\""),
        ("version: 2\nnames: x\n", "1: \"version\" is 1, not \"2\" — this program reads version 1 only"),
        ("version: \"1\"\n", "1: \"version\" is 1, not \"1\" — write it without quotes: 1"),
        ("version:\n", "1: \"version\" is 1, not empty — this program reads version 1 only"),
        ("name: n\ndata: []\n", "1: the policy has no \"version\" — write version: 1"),
        ("version: 1\ndata: []\n", "1: the policy has no \"name\""),
        (head, "1: the policy protects nothing — add \"manifests\" or \"data\""),
        ("version: 1\nname: a: b\n", "2: the YAML is not valid: mapping values are not allowed in this context"),
        ("version: 1\nname: \"open", "2: the YAML is not valid: found unexpected end of stream while scanning a quoted scalar"),
        (data + "---\nversion: 1\n", "5: a second document begins here — a policy is one document"),
        ("version: 1\nname: a\nname: b\n", "2: the key \"name\" stands more than once"),
        ("version: 1\n[a]: b\n", "2: a key is a list, not a word"),
        ("version: 1\nname: !!binary aGk=\n", "2: the tag tag:yaml.org,2002:binary means nothing in a policy"),
        ("version: 1\nname: *x\n", "2: the YAML is not valid: found undefined alias"),
        ("version: 1\nname: \u{1}\n", "2: the YAML is not valid: control characters are not allowed"),
        ("a: " + String(repeating: "[", count: 30) + String(repeating: "]", count: 30), "1: the policy is nested too deep"),
    ]

    /// What stands behind four good lines, and what is said of it.
    static let sections: [(String, String)] = [
        ("keeps: {}", "5: unknown key \"keeps\" — did you mean \"keep\"?"),
        ("vault: s3://bucket/x", "5: a vault at s3://… is not supported yet — use a directory"),
        ("vault: file:///x", "5: a vault at file://… is not supported yet — use a directory"), ("vault:", "5: \"vault\" has no value"),
        ("vault: [a]", "5: \"vault\" is a text, not a list"), ("vault: ''", "5: \"vault\" is empty"),
        ("vault: \"a\\0b\"", "5: \"vault\" holds a control character"),
        ("vault: ~/backups", "5: \"~\" is not replaced by a home directory — write the whole path"),
        ("manifests: dir", "5: \"manifests\" is a mapping of keys and values, not \"dir\""),
        ("manifests: {}", "5: \"manifests\" has neither \"directory\" nor \"cluster\""),
        (
            "manifests: {cluster: {context: c}}",
            "5: secrets are encrypted, and there are no \"recipients\" — make a key with `rekindle keygen` and write recipients: [age1…], or secrets: omit"
        ),
        (
            "manifests: {cluster: {}, recipients: []}",
            "5: secrets are encrypted, and there are no \"recipients\" — make a key with `rekindle keygen` and write recipients: [age1…], or secrets: omit"
        ),
        ("manifests: {cluster: {}, recipient: [a]}", "5: unknown key \"recipient\" — did you mean \"recipients\"?"),
        ("manifests: {clusters: {}, recipients: [a]}", "5: unknown key \"clusters\" — did you mean \"cluster\"?"),
        ("manifests: {cluster: {namespaces: []}, secrets: omit}", "5: \"namespaces\" is empty — leave it out for all namespaces"),
        ("manifests: {cluster: {namespaces: [\"a b\"]}, secrets: omit}", "5: \"namespaces\" holds \"a b\", which is no name"),
        ("manifests: {cluster: {namespace: a}, secrets: omit}", "5: unknown key \"namespace\" — did you mean \"namespaces\"?"),
        ("manifests: {cluster: {related: maybe}, secrets: omit}", "5: \"related\" is true or false, not \"maybe\""),
        (
            "manifests: {cluster: {}, directory: d, secrets: omit}",
            "5: manifests come from \"directory\" or from \"cluster\", not from both"
        ),
        ("manifests: {secrets: omit}", "5: \"manifests\" has neither \"directory\" nor \"cluster\""),
        ("manifests: {directory: d, secrets: omit, recipients: [a]}", "5: \"recipients\" goes with \"secrets: encrypt\" only"),
        ("manifests:\n  directory: d\n  remotes: [\"http://a/b\"]", "7: a remote at http://… is not supported — use ssh, https or file"),
        ("manifests:\n  directory: d\n  remotes: [-x]", "7: \"remotes\" holds \"-x\", which is no address"),
        ("manifests: {directory: d, secrets: plane}", "5: \"secrets\" is encrypt, omit or plain, not \"plane\""),
        ("manifests: {directroy: d, directory: d}", "5: unknown key \"directroy\" — did you mean \"directory\"?"),
        ("objectives: {rpo: 26}", "5: \"rpo\" is 26 without a unit — write 26s, 26m, 26h or 26d"),
        ("objectives: {rto: soon}", "5: \"rto\" is a duration, not \"soon\" — write a number and a unit, as 90s, 5m, 1h30m or 7d"),
        ("objectives: {rto: 5 m}", "5: \"rto\" is a duration, not \"5 m\" — write a number and a unit, as 90s, 5m, 1h30m or 7d"),
        ("objectives: {rto: [5m]}", "5: \"rto\" is a duration, not a list — write a number and a unit, as 90s, 5m, 1h30m or 7d"),
        ("objectives: {rto: 0s}", "5: \"rto\" is between 1ms and 100 years, not \"0s\""),
        ("objectives: {rto: 99999999999999999999w}", "5: \"rto\" is between 1ms and 100 years, not \"99999999999999999999w\""),
        ("objectives: {rta: 5m}", "5: unknown key \"rta\" — did you mean \"rto\"?"),
        (
            "schedule: {backup: daily}",
            "5: \"backup\" has 1 fields, not 5 — write minute, hour, day, month and weekday, as \"0 2 * * *\", or @daily"
        ),
        (
            "schedule: {verify: \"60 * * * *\"}",
            "5: \"verify\" has a minute that is not valid: \"60\" — write minute, hour, day, month and weekday, as \"0 2 * * *\", or @daily"
        ),
        (
            "schedule: {drill: \"0 0 0 * *\"}",
            "5: \"drill\" has a day that is not valid: \"0\" — write minute, hour, day, month and weekday, as \"0 2 * * *\", or @daily"
        ),
        ("keep: {daily: -1}", "5: \"daily\" is a whole number from 0 to 100000, not \"-1\""),
        ("keep: {daily: '3'}", "5: \"daily\" is a whole number from 0 to 100000, not \"3\" — write it without quotes: 3"),
        ("objectives: {rto: 30m1h}", "5: \"rto\" is a duration, not \"30m1h\" — write a number and a unit, as 90s, 5m, 1h30m or 7d"),
        ("objectives: {rto: 1h30}", "5: \"rto\" is a duration, not \"1h30\" — write a number and a unit, as 90s, 5m, 1h30m or 7d"),
        (
            "schedule: {drill: \"@quarterly\"}",
            "5: \"drill\" is no time that cron knows: \"@quarterly\" — write minute, hour, day, month and weekday, as \"0 2 * * *\", or @daily"
        ),
        (
            "objectives:\n\trto: 1h",
            "6: the YAML is not valid: found character that cannot start any token while scanning for the next token — "
                + "indent with spaces: a tab stands before the words"
        ),
        ("keep: {centuries: 3, last: 1}", "5: unknown key \"centuries\" — known are last, hourly, daily, weekly, monthly, yearly"),
        ("keep: {dayly: 3, last: 1}", "5: unknown key \"dayly\" — did you mean \"daily\"?"),
        ("keep: {last: 0}", "5: \"keep\" keeps nothing — leave it out to keep everything"),
        ("before: x", "5: \"before\" is a mapping of keys and values, not \"x\""),
        ("before: {timeout: 5s}", "5: \"before\" has no \"command\""),
        (
            "after: {command: sync now}",
            "5: \"command\" is a list of words, not a line for a shell — write its words, or [sh, -c, \"sync now\"]"
        ),
        ("after: {command: []}", "5: \"command\" names no program"),
        ("after: {command: [a], timeout: 60}", "5: \"timeout\" is 60 without a unit — write 60s, 60m, 60h or 60d"),
        ("after: {command: [a, ~]}", "5: \"command\" holds an empty element, not a text — quote it"),
        ("after: {command: }", "5: \"command\" has no value"),
        ("validate: {command: [a]}", "5: \"validate\" is a list, not a mapping — begin each element with \"- \""),
        ("validate:\n- photonicCore: {data: e}", "6: there is no dataset \"e\" — did you mean \"d\"?"),
        ("validate:\n- photonicCore: {suite: s}", "6: \"photonicCore\" has no \"data\""),
        ("validate:\n- http: {url: x}", "6: \"url\" is an address, http:// or https://, not \"x\""),
        ("validate:\n- http: {}", "6: \"http\" has no \"url\""),
        ("validate:\n- http: {url: \"http://x\", status: 99}", "6: \"status\" is between 100 and 599"),
        (
            "validate:\n- {timeout: 5s}",
            "6: a validation has exactly one of \"photonicCore\", \"respond\", \"files\", \"command\", \"service\", \"http\", \"kubernetes\""
        ),
        ("validate:\n- http: {path: /health}", "6: no \"service\" before this step is there to be looked at — start it in a step before"),
        (
            "validate:\n- {command: [x], looksAt: service}",
            "6: no \"service\" before this step is there to be looked at — start it in a step before"
        ),
        (
            "validate:\n- {command: [x], looksAt: production}",
            "6: \"looksAt\" is what the command looks at, not \"production\" — write files, cluster, service, live"
        ),
        ("validate:\n- {kubernetes: {namespaces: [a]}, user: x}", "6: \"user\" does not go with \"kubernetes\""),
        (
            "validate:\n- respond: {name: x, data: d, command: [y], drift: soon}",
            "6: \"drift\" is no drift: \"soon\" — write anything, grows, or how far a value may go, as 1e-3; or {rows: grows} for single responses"
        ),
        ("validate:\n- respond: {name: x, data: a, command: [y]}", "6: there is no dataset \"a\" — did you mean \"d\"?"),
        ("validate:\n- files: {data: d}", "6: \"files\" asks nothing — write count: \">0\""),
        (
            "validate:\n- files: {data: d, exist: [../b]}",
            "6: \"../b\" is no path beneath the dataset — write it relative to the dataset"
        ),
        ("validate:\n- {service: {command: [x]}, looksAt: live}", "6: \"looksAt\" does not go with \"service\""),
        ("validate:\n- service: {ready: http}", "6: \"service\" has no \"command\""),
        ("validate:\n- service: {command: [x], ready: soon}", "6: \"ready\" is tcp or http, not \"soon\""),
        (
            "validate:\n- service: {command: [x], port: 8080}",
            "6: \"port\" is the variable that tells the program its port, not \"8080\" — write REKINDLE_PORT, or leave it out: a free port is chosen for each run"
        ),
        (
            "validate:\n- service: {command: [x]}\n- http: {path: health}",
            "7: \"path\" begins with a \"/\" and has no spaces — write /health"
        ),
        (
            "validate:\n- service: {command: [x]}\n- http: {path: /x, url: \"http://x\"}",
            "7: \"http\" has either \"url\", or \"path\" for a service, not both"
        ),
        (
            "validate:\n- kubernetes: {job: smoke.yaml}",
            "6: \"kubernetes\" names no namespaces, and the policy captures none by name — write namespaces: [photon-neuro]"
        ),
        ("validate:\n- kubernetes: {namespaces: [], job: a}", "6: \"namespaces\" is empty — leave it out for those that are captured"),
        ("validate:\n- kubernetes: {namespace: a}", "6: unknown key \"namespace\" — did you mean \"namespaces\"?"),

        ("validate:\n- {photonicCore: {data: d}, retries: 101}", "6: \"retries\" is at most 100"),
        ("validate:\n- photonic: {data: d}\n  command: [a]", "6: unknown key \"photonic\" — did you mean \"photonicCore\"?"),
    ]

    /// An element of `data`, which begins in line 4, and what is said of it.
    static let datasets: [(String, String)] = [
        ("d", "4: a dataset is a mapping of keys and values, not \"d\""), ("{path: /d}", "4: the dataset has no \"name\""),
        ("{name: a}", "4: the dataset has neither \"path\" nor \"command\""),
        ("name: a\n  path: /a\n  exlude: [b]", "6: unknown key \"exlude\" — did you mean \"exclude\"?"),
        ("{name: a, path: /a, command: [b], file: c}", "4: a dataset has either \"path\" or \"command\", not both"),
        ("{name: a, path: /a, file: c}", "4: \"file\" does not go with \"path\""),
        ("{name: a, command: [b], file: c, exclude: [x]}", "4: \"exclude\" does not go with \"command\""),
        ("{name: a, command: [b]}", "4: the dataset has no \"file\""),
        ("{name: a, command: [b], file: c/d}", "4: \"file\" is the name of a file, not \"c/d\""),
        ("{name: a, command: [b], file: ..}", "4: \"file\" is the name of a file, not \"..\""),
        ("{name: .a, path: /a}", "4: \".a\" is no name — use up to 100 letters, digits, \".\", \"_\" and \"-\", no dot first"),
        ("{name: a/b, path: /a}", "4: \"a/b\" is no name — use up to 100 letters, digits, \".\", \"_\" and \"-\", no dot first"),
        ("{name: manifests, path: /a}", "4: the name \"manifests\" is kept for the manifests"),
        ("{name: manifests.git, path: /a}", "4: the name \"manifests.git\" is kept for the manifests"),
        ("{name: a, path: /a}\n- {name: a, path: /b}", "5: the name \"a\" is taken by the dataset in line 4"),
        ("{name: a, path: /a, exclude: '*.tmp'}", "4: \"exclude\" is a list of texts, not \"*.tmp\" — write [first, second]"),
        ("{name: a, path: /a, exclude: [[b]]}", "4: \"exclude\" holds a list, not a text — quote it"),
        ("{name: a, path: /a, exclude: ['']}", "4: \"exclude\" holds an empty pattern"),
        ("{name: a, path: /a, excludeCaches: yes}", "4: \"excludeCaches\" is true or false, not \"yes\""),
        (
            "{name: a, path: /a, oneFileSystem: \"true\"}",
            "4: \"oneFileSystem\" is true or false, not \"true\" — write it without quotes: true"
        ),
        ("{name: a, path: }", "4: \"path\" has no value"),
    ]

    @Test(arguments: whole + sections.map { (data + $0.0, $0.1) } + datasets.map { (head + "data:\n- " + $0.0, $0.1) })
    func `A bad policy gives its message, with file and line`(_ text: String, _ message: String) throws {
        let found = try problems(text, file: "policies/x.yaml")
        #expect(found == ["policies/x.yaml:" + message])
    }

    @Test func `All problems are told at once, in the order of their lines`() throws {
        let text = "version: 1\nnam: n\ndata:\n- {name: a}\n- {title: b, path: /b}\nkeep: {daily: x, last: 1}\n"
        let lines = try problems(text).map { $0.split(separator: ":")[1] }
        #expect(lines == ["2", "4", "5", "5", "6"], "a misspelled key is not a missing one too")
        let error = try #require(throws: YAMLError.self) { try Policy.parse(text, file: "p.yaml") }
        #expect(error.description.split(separator: "\n").count == 5)
        #expect(error.problems[0].column == 1)
    }

    @Test func `A file that cannot be read, is too large or not UTF-8 is an error`() throws {
        let path = "/tmp/policy-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func message() throws -> String { try #require(throws: YAMLError.self) { try Policy.read(path) }.description }
        #expect(try message() == "\(path): cannot be read: No such file or directory")
        try Data(repeating: UInt8(ascii: "#"), count: YAMLDocument.bytesMax + 1).write(to: URL(fileURLWithPath: path))
        #expect(try message() == "\(path): the file is larger than 1 MiB")
        try Data(Array("version: 1\nname: ".utf8) + [0xE9]).write(to: URL(fileURLWithPath: path))
        #expect(try message() == "\(path):2: the text is not UTF-8")
        try FileManager.default.removeItem(atPath: path)
        try #require(mkfifo(path, 0o600) == 0)
        #expect(try message() == "\(path): is not a file")
        #expect(try problems(String(repeating: "#", count: YAMLDocument.bytesMax + 1)) == ["p.yaml: the file is larger than 1 MiB"])
    }
}
