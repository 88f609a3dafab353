import Foundation
import TestSupport
import Testing

/// `backup`, `drift` and `restore --cluster` as an operator runs them, against a real API server. Its pods never run: there is no kubelet.
@Suite(.serialized) final class ClusterCommandTests {
    private let app: AppInCluster
    private var program: Program { app.program }

    init() throws {
        app = try AppInCluster()
        try program.run("init", "vault")
        try program.run("backup", "--policy", "p.yaml")
    }

    private func kubectl(_ arguments: String) throws -> String {
        try program.shell("kubectl --kubeconfig cluster/kubeconfig \(arguments)").output
    }

    private let toCopy = [
        "restore", "latest", "--policy", "p.yaml", "--identity", "key", "--wait", "1", "--namespace", "app=copy", "--cluster",
    ]

    private func restore(_ arguments: String..., expecting status: Int32) throws -> Program.Outcome {
        let outcome = try program.start(toCopy + arguments).wait()
        #expect(outcome.status == status, "\(arguments): \(outcome.output)\(outcome.error)")
        return outcome
    }

    @Test func driftSaysWhatDiffersAndItsStatusDoesToo() throws {
        #expect(try program.run("drift", "--policy", "p.yaml").output.contains(": 0 different, 4 the same\n"))
        _ = try kubectl("-n app patch configmap settings -p '{\"data\":{\"level\":\"4\"}}'")
        _ = try kubectl("-n app patch secret login -p '{\"stringData\":{\"password\":\"other\"}}'")
        _ = try kubectl("-n app delete deployment web")
        let text = try program.run("drift", "--policy", "p.yaml", expecting: 5)
        #expect(text.output.contains("~ app/configmap/settings.yaml\n"))
        #expect(text.output.contains("    -  level: \"3\"\n    +  level: \"4\"\n"))
        #expect(text.output.contains("- app/deployment.apps/web.yaml\n~ app/secret/login.yaml.age\nsnapshot "))
        #expect(text.error == "")
        let document = try program.json("drift", "--policy", "p.yaml", "--identity", "key", expecting: 5)
        #expect((document["changes"] as? [Any])?.count == 3 && (document["gaps"] as? [Any])?.isEmpty == true)
        let unreadable = try program.shell(
            "sed 's/namespaces: .app./context: nobody, namespaces: [app]/' p.yaml > q.yaml; \(Program.path) drift --policy q.yaml",
            expecting: nil)
        #expect(unreadable.status == 3)
        #expect(
            !unreadable.error.isEmpty && !unreadable.output.contains("- app/"),
            "what could not be read is not missing: \(unreadable.output)")
        _ = try kubectl("delete namespace app")
        let gone = try program.run("drift", "--policy", "p.yaml", expecting: 5)
        #expect(
            gone.output.contains("- app/configmap/settings.yaml\n") && gone.error.contains("was it deleted"), "\(gone.output)\(gone.error)")
    }

    @Test func aRestoreShowsItsPlanAndSaysWhatBecameOfIt() throws {
        let dry = try restore("--dry-run", expecting: 0)
        #expect(dry.output.contains("action  kind             namespace  name\n"))
        #expect(dry.output.contains("create  deployment.apps  copy       web\n") && dry.output.contains("plan: 4 create\n"))
        #expect(try kubectl("get namespaces -o name").contains("copy") == false)
        // No kubelet: what was restored is not ready, and the status says so.
        let first = try restore(expecting: 5)
        #expect(first.output.contains("created 4, updated 0, unchanged 0, skipped 0, failed 0\n"))
        #expect(first.output.contains("; 1 not ready in time\n"))
        #expect(first.error.contains("error: Deployment.apps copy/web is not ready: 0 of 1 replicas ready\n"))
        _ = try kubectl("-n copy patch configmap settings -p '{\"data\":{\"level\":\"4\",\"more\":\"x\"}}'")
        let refused = try restore("--existing", "fail", expecting: 1)
        #expect(refused.output.contains("conflict  configmap  copy       settings  it is there, and differs\n"))
        #expect(refused.output.contains("nothing was changed: 1 object of "))
        #expect(refused.output.contains("in the way: ConfigMap copy/settings: it is there, and differs\n"))
        let without = try restore("--existing", "fail", "--exclude-object", "configmap/settings", "--wait", "0", expecting: 0)
        #expect(!without.output.contains("settings") && without.output.contains("conflict") == false)
        #expect(try restore(expecting: 5).output.contains("skip    configmap  copy       settings  it is there, and differs\n"))
        #expect(
            try restore("--wait", "0", expecting: 3).output.contains("--existing update makes what was skipped"),
            "not all of it is as it was")
        #expect(try restore("--existing", "update", expecting: 5).output.contains("created 0, updated 1, unchanged 3,"))
        #expect(try kubectl("-n copy get configmap settings -o jsonpath='{.data}'") == "{\"level\":\"3\"}")
        #expect(try kubectl("-n copy get secret login -o jsonpath='{.data.password}'") == "aGlkZGVu")
        let document = try program.json(toCopy, expecting: 5)
        let restored = try #require(document["cluster"] as? [String: Any])
        #expect((restored["result"] as? [String: Any])?["unchanged"] as? Int == 4)
        #expect(((restored["plan"] as? [String: Any])?["items"] as? [Any])?.count == 4 && (restored["waiting"] as? [Any])?.count == 1)
    }

    @Test func aPlanOfManyObjectsIsASummaryWithItsExceptions() throws {
        for number in 1...50 { _ = try kubectl("-n app create configmap m\(number) --from-literal=a=b") }
        try program.run("backup", "--policy", "p.yaml")
        _ = try restore("--kind", "configmap", "--wait", "0", expecting: 0)
        _ = try kubectl("-n copy delete configmaps -l '!none' --field-selector metadata.name!=settings")
        for number in 1...5 { _ = try kubectl("-n copy create configmap m\(number) --from-literal=a=other") }
        let summary = try restore("--dry-run", "--wait", "0", expecting: 0)
        #expect(summary.output.contains(/configmap +45 +5\n/) && summary.output.contains("-v lists every object\n"), "\(summary.output)")
        #expect(
            summary.output.contains("skip  5 objects: it is there, and differs: ConfigMap copy/m1, ConfigMap copy/m2, "),
            "\(summary.output)")
        #expect(!summary.output.contains("m44"))
        #expect(try restore("--dry-run", "--wait", "0", "-v", expecting: 0).output.contains(/create +configmap +copy +m44\n/))
    }

    /// Nobody looks at a line that moves where there is no terminal.
    @Test func whoWaitsWithoutATerminalIsToldEachHalfMinute() throws {
        let outcome = try program.start(toCopy + ["--wait", "35"]).wait()
        #expect(outcome.status == 5 && outcome.error.contains(/wait: 0 of 1 object, 3[0-9.]+ s so far\n/), "\(outcome.error)")
    }

    @Test func heldWorkloadsStartWithTheirData() throws {
        let held = try restore("--hold", expecting: 0)
        #expect(held.output.contains("held: 1 object (workloads at zero"))
        #expect(try kubectl("-n copy get deployment web -o jsonpath='{.spec.replicas}'") == "0")
        let released = try restore("--hold", "--target", "back", expecting: 5)
        #expect(released.output.contains("every byte checked and synced"))
        #expect(try kubectl("-n copy get deployment web -o jsonpath='{.spec.replicas}'") == "1")
        try program.shell("cmp data/file back/files/file")
    }

    @Test func validationsFollowARestoreOrAreToldAsNotRun() throws {
        try program.shell(
            "sed '$a validate: [{command: [test, -n, \"x\"]}, {photonicCore: {data: files}}, {kubernetes: {}, timeout: 1s}]' p.yaml > v.yaml"
        )
        func restore(_ arguments: String..., expecting status: Int32) throws -> String {
            let words = ["restore", "latest", "--policy", "v.yaml", "--identity", "key", "--namespace", "app=checked", "--cluster"]
            let outcome = try program.start(words + arguments).wait()
            #expect(outcome.status == status, "\(arguments): \(outcome.output)\(outcome.error)")
            return outcome.output
        }
        let text = try restore("--wait", "0", expecting: 5)
        #expect(text.contains(/not run +restored files +`test -n x`: no files were restored\n/), "\(text)")
        #expect(text.contains(/not run +restored files +photonic-core \(files\): no files were restored\n/))
        let waiting = /FAILED +[0-9.]+ m?s +restored cluster +kubernetes \(app\): Deployment.apps checked\/web: 0 of 1 replicas ready\n/
        #expect(text.contains(waiting), "\(text)")
        #expect(
            try restore("--hold", "--existing", "update", "--wait", "0", expecting: 0).contains(
                /not run +restored files +`test -n x`: workloads are held\n/)
        )
        let json = try program.json(
            [
                "restore", "latest", "--policy", "v.yaml", "--identity", "key", "--namespace", "app=checked", "--existing", "update",
                "--cluster", "--wait", "0",
            ], expecting: 5)
        let steps = try #require(json["validation"] as? [[String: Any]])
        #expect(steps.map { $0["verdict"] as? String } == ["not run", "not run", "failed"])
        // In a drill too, beside the application, which stays as it is.
        let drill = try program.run(
            "drill", "--policy", "v.yaml", "--identity", "key", "--wait", "0", "--scratch", ".", "--accept-no-isolation", "--cluster",
            expecting: 5)
        #expect(drill.output.contains("not known: nobody looked, as --accept-no-isolation says\n"), "\(drill.output)")
        #expect(
            drill.output.contains("created 8 objects in app-drill-") && drill.output.contains(/FAILED .*kubernetes \(app\)/),
            "\(drill.output)\(drill.error)")
        #expect(try !kubectl("get namespaces -o name").contains("-drill-"))
    }

    private static let mistakes = [
        (["--cluster", "elsewhere", "--identity", "key"], "has no context \"elsewhere\". It has: admin, "),
        (["--cluster"], "1 secret is encrypted, and no key was given"),
        (["--cluster", "--identity", "none"], "cannot read the identity none: No such file or directory"),
        (["--cluster", "--identity", "key", "--namespace", "ap"], "nothing in the snapshot"),
        (["--cluster", "--identity", "key", "--kind", "deploymint"], "is of the kind deploymint"),
        (["--cluster", "--kubeconfig", "none", "--identity", "key"], "cannot read the kubeconfig none"),
        (["--target", "x", "--namespace", "app"], "that option goes with --cluster"),
        (["--target", "x", "--existing", "update"], "that option goes with --cluster"),
        (["--target", "x", "--wait", "3"], "that option goes with --cluster"),
        (["--cluster", "--include", "x"], "a cluster has --namespace and --kind"),
    ]

    @Test func whatIsWrongIsSaidBeforeAnythingHappens() throws {
        for (options, message) in Self.mistakes {
            let outcome = try program.start(["restore", "latest", "--policy", "p.yaml"] + options).wait()
            #expect(outcome.status == 2 && outcome.error.contains(message), "\(outcome.error)")
        }
        let taken = try program.start(["restore", "--cluster", "latest", "--policy", "p.yaml"]).wait()
        #expect(taken.status == 2 && taken.error.contains("write `rekindle restore latest --cluster`"), "\(taken.error)")
    }
}
