import Core
import Foundation
import GitHistory
import Manifests
import Operations
import Proof
import Restorer
import TestSupport
import Testing
import Vault

/// Manifests as files and as a git history.
@Suite(.serialized) struct ManifestHistoryTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    private func write(_ name: String, replicas: Int) async throws {
        try await bench.edit(
            """
            cat > \(name).yaml <<END
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: \(name), namespace: demo}
            spec: {replicas: \(replicas)}
            END
            """)
    }

    private var request: BackupRequest {
        bench.request([.init(name: "manifests", source: .manifests(ManifestsRequest(.directory(bench.source))))])
    }

    private func log(limit: Int? = nil) async throws -> [LogEntry] {
        let bench = bench
        return try await offPool {
            try ManifestLog(try bench.repository(), policy: "test", cancellation: Cancellation()).run(limit: limit)
        }
    }

    /// What the stock git says of the history in the newest snapshot.
    private func git(_ arguments: String) async throws -> String {
        try await bash("rm -rf back", in: bench.scratch.path)
        #expect(try await bench.restore().isComplete)
        return try await bashText("git -c safe.directory='*' --git-dir back/manifests.git \(arguments) 2>&1", in: bench.scratch.path)
    }

    @Test func theyBecomeFilesAndAHistory() async throws {
        try await write("web", replicas: 1)
        try await write("worker", replicas: 2)
        let report = try await bench.backup(request)
        #expect(report.isComplete)
        #expect(report.datasets.map(\.name) == ["manifests", "manifests.git"])
        #expect(report.manifestChanges == "2 added, 0 changed, 0 removed")
        let commit = try #require(report.snapshot?.record.gitCommit)
        #expect(try await git("fsck --strict --full") == "")
        #expect(try await git("rev-parse HEAD").hasPrefix(commit))
        let files = try await git("ls-tree -r --name-only HEAD").split(separator: "\n").map(String.init)
        #expect(files.count == 2)
        for file in files {
            let committed = try await git("show HEAD:\(file)")
            #expect(try bench.text("\(bench.back)/manifests/\(file)") == committed)
            #expect(committed.contains("replicas:"))
        }
        #expect(try await bench.verify(deep: true).isSound)
    }

    @Test func aRunWithoutAChangeMakesNoCommit() async throws {
        try await write("web", replicas: 1)
        let first = try await bench.backup(request)
        let second = try await bench.backup(request)
        #expect(second.manifestChanges == "no change")
        #expect(first.snapshot?.record.gitCommit == second.snapshot?.record.gitCommit)
        #expect(try await log().count == 1)
    }

    @Test func theLogTellsWhatChanged() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await write("web", replicas: 5)
        try await write("cache", replicas: 1)
        try await bench.backup(request)
        try await bench.edit("rm web.yaml")
        try await bench.backup(request)
        let log = try await log()
        #expect(log.count == 3)
        #expect(log[0].message.hasPrefix("Manifests: 0 added, 0 changed, 1 removed\n\n- "))
        #expect(log[1].message.hasPrefix("Manifests: 1 added, 1 changed, 0 removed\n\n+ "))
        #expect(log[1].message.contains("\n~ "))
        #expect(log[2].message.hasPrefix("Manifests: 1 added, 0 changed, 0 removed\n\n+ "))
        #expect(try await self.log(limit: 2).map(\.id) == log.prefix(2).map(\.id))
        let stock = try await git("log --format=%H").split(separator: "\n").map(String.init)
        #expect(stock == log.map(\.id.hex))
        #expect(try await git("log --format=%B -1 HEAD").hasPrefix(log[0].message.split(separator: "\n").first.map(String.init) ?? "?"))
    }

    @Test(arguments: [
        "rm -rf cache", "rm -rf cache/*", "rm -rf cache/*/test/manifests.git/objects", "rm -rf cache/*/test/manifests.git/refs",
    ])
    func aHistoryThatTheCacheLostGoesOnFromTheVault(loss: String) async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await write("web", replicas: 2)
        try await bench.backup(request)
        try await bash(loss, in: bench.scratch.path)
        try await write("web", replicas: 3)
        let report = try await bench.backup(request)
        #expect(report.isComplete, "\(report.problems)")
        #expect(report.manifestChanges == "0 added, 1 changed, 0 removed")
        #expect(try await log().count == 3)
        #expect(try await git("fsck --strict --full") == "")
        #expect(try await git("rev-list --count HEAD") == "3\n")
    }

    /// What is damaged in the vault must not keep tomorrow's manifests out of it.
    @Test(arguments: ["tree", "content"]) func aHistoryThatIsLostIsNamedAndANewOneBegins(what: String) async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        // Descriptions and contents lie in packs of their own; both packs are small.
        let isTree = what == "tree"
        let record = try bench.view().snapshot.record
        let recipe = String(record.tree.contents.dropFirst(6))
        try await bash(
            """
            pack=$(zstd -dcq indexes/* | grep ^\(recipe) | cut -f2)
            for p in packs/*/*; do case $p in *$pack*) \(isTree ? "rm -f $p" : ":");; *) \(isTree ? ":" : "rm -f $p");; esac; done
            rm -rf ../cache/*
            """, in: bench.vault)
        try await write("web", replicas: 2)
        let report = try await bench.backup(request)
        #expect(report.snapshot != nil)
        #expect(report.problems.contains { $0.path == "manifests.git" && $0.reason.contains("a new history begins") }, "\(report.problems)")
        #expect(report.datasets.map(\.outcome) == [.complete, .complete])
        #expect(try await git("fsck --strict --full") == "")
        try await write("web", replicas: 3)
        #expect(try await bench.backup(request).isComplete)
        #expect(try await log().count == 2)
    }

    @Test func whereTheNewestHistoryIsDamagedAnOlderOneGoesOn() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await bash("find packs -type f | sort > ../before", in: bench.vault)
        try await write("web", replicas: 2)
        try await bench.backup(request)
        try await bash("find packs -type f | sort | comm -13 ../before - | xargs rm; rm -rf ../cache/*", in: bench.vault)
        try await write("web", replicas: 3)
        let report = try await bench.backup(request)
        #expect(report.problems.contains { $0.reason.contains("goes on") && !$0.reason.contains("new history") }, "\(report.problems)")
        #expect(try await log().count == 2)
        #expect(try await git("fsck --strict --full") == "")
    }

    /// The copy in the cache may be the only one: it is not thrown away before another is there.
    @Test func aHistoryThatTheVaultLostGoesOnFromTheCache() async throws {
        for replicas in 1...2 {
            try await write("web", replicas: replicas)
            try await bench.backup(request)
        }
        // Another commit than the snapshot's, and nothing in the vault that holds the history.
        try await bash(
            """
            find cache -name manifests.git -exec git -c safe.directory='*' --git-dir {} update-ref refs/heads/main main~1 ';'
            rm -f vault/packs/*/*
            """, in: bench.scratch.path)
        try await write("web", replicas: 3)
        let report = try await bench.backup(request)
        #expect(report.problems.contains { $0.reason.contains("the copy in the cache goes on") }, "\(report.problems)")
        #expect(try await log().count == 2)
        #expect(try await git("fsck --strict --full --no-dangling") == "")
        #expect(try await bench.backup(request).isComplete)
    }

    /// Trouble of the moment is not damage: what is whole here goes on being the history.
    @Test(.enabled(if: Rights.mayMount, Rights.needsMounts)) func aDiskThatIsFullCostsNoHistory() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        let folder = try await bashText("dirname $(find $PWD/cache -name manifests.git) | tr -d '\\n'", in: bench.scratch.path)
        try await bash("cp -a \(folder) copy", in: bench.scratch.path)
        try await mount(folder, bytes: 300 << 10)
        defer { umount(folder) }
        try await bash("cp -a copy/. \(folder); head -c 1M /dev/zero > \(folder)/fill || true", in: bench.scratch.path)
        try await write("web", replicas: 2)
        let report = try await bench.backup(request)
        try await bash("rm \(folder)/fill", in: bench.scratch.path)
        #expect(report.datasets.first { $0.name == "manifests" }?.outcome == .failed, "\(report.problems)")
        let next = try await bench.backup(request)
        #expect(next.isComplete && next.manifestChanges == "0 added, 1 changed, 0 removed", "\(next.problems)")
        #expect(try await log().count == 2)
    }

    @Test func aBrokenHistoryThatTheVaultLostTooIsKeptAside() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await bash("rm -f cache/*/test/manifests.git/objects/pack/*.pack vault/packs/*/*", in: bench.scratch.path)
        try await write("web", replicas: 2)
        let report = try await bench.backup(request)
        #expect(report.problems.contains { $0.reason.contains("a new history begins; what was here is kept") }, "\(report.problems)")
        #expect(try await log().count == 1)
        #expect(try await bashText("find cache -name 'manifests.git.broken-*' | wc -l", in: bench.scratch.path) == "1\n")
    }

    /// The cache says the right commit, but has lost what it is made of.
    @Test func aCachedHistoryThatLostItsObjectsIsFetchedAgain() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await bash(
            "rm -f cache/*/*/test/manifests.git/objects/pack/* cache/*/test/manifests.git/objects/pack/*", in: bench.scratch.path)
        try await write("web", replicas: 2)
        let report = try await bench.backup(request)
        #expect(report.isComplete, "\(report.problems)")
        #expect(try await log().count == 2)
        #expect(try await git("fsck --strict --full") == "")
    }

    @Test func withoutACacheTheHistoryGoesOnToo() async throws {
        let repository = try bench.repository(isCached: false)
        let before = try await bashText("ls -d /tmp/rekindle-work-* || true", in: "/")
        for replicas in 1...3 {
            try await write("web", replicas: replicas)
            #expect(try await bench.backup(request, in: repository).isComplete)
        }
        let bench = bench
        let entries = try await offPool {
            try ManifestLog(try bench.repository(isCached: false), policy: nil, cancellation: Cancellation()).run(limit: nil)
        }
        #expect(entries.count == 3)
        #expect(try await bashText("ls -d /tmp/rekindle-work-* || true", in: "/") == before, "temporary directories are left behind")
    }

    /// The temporary folder with the history must outlive the snapshot, since the push comes last.
    @Test func withoutACacheTheHistoryIsPushedToo() async throws {
        try await bash("git init -q --bare -b main remote.git", in: bench.scratch.path)
        for replicas in 1...2 {
            try await write("web", replicas: replicas)
            let report = try await bench.backup(pushing(.refuse), in: try bench.repository(isCached: false))
            #expect(report.isComplete, "\(report.problems)")
        }
        #expect(try await bashText("git -C remote.git rev-list --count main", in: bench.scratch.path) == "2\n")
    }

    @Test func aCommitOfARunThatFailedIsNotPartOfTheHistory() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await write("web", replicas: 2)
        var failing = request
        failing.datasets.append(.init(name: "dump", source: .command(script("sleep 100"), file: "f")))
        let chosen = failing
        let cancellation = Cancellation()
        let running = Task { [bench] in try await bench.backup(chosen, cancellation: cancellation) }
        try await Task.sleep(for: .milliseconds(500))
        cancellation.cancel()
        await #expect(throws: Failure.self) { try await running.value }
        try await write("web", replicas: 3)
        #expect(try await bench.backup(request).isComplete)
        #expect(try await log().count == 2)
        #expect(try await git("fsck --strict --full") == "")
    }

    @Test func policiesHaveHistoriesOfTheirOwn() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        var other = request
        other.policy = "other"
        try await bench.backup(other)
        #expect(try await log().count == 1)
        #expect(try await bench.backup(request).manifestChanges == "no change")
    }

    /// A file that another program reads, a chart, half a file: each costs itself alone, and nothing turns into a deletion.
    @Test(arguments: [
        ("kustomization.yaml", "resources: [web.yaml]", "kustomize"),
        ("base.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization", "kustomize"),
        ("values.yaml", "replicas: 3", "values of a Helm chart"), ("half.yaml", "apiVersion: v1\nkind: ConfigM", "no metadata"),
        ("broken.yaml", "a: b: c", "not valid"), ("chart/Chart.yaml", "name: x", "Helm chart"),
    ])
    func oneBadFileCostsNoOther(name: String, text: String, reason: String) async throws {
        try await write("web", replicas: 1)
        try await write("worker", replicas: 1)
        try await bench.backup(request)
        try await bench.edit("mkdir -p chart; printf '\(text.replacingOccurrences(of: "\n", with: "\\n"))\n' > \(name); rm worker.yaml")
        try await write("web", replicas: 2)
        try await write("new", replicas: 1)
        let report = try await bench.backup(request)
        #expect(!report.isComplete && report.datasets.first { $0.name == "manifests" }?.outcome == .partial)
        #expect(report.problems.count == 1 && report.problems.allSatisfy { $0.reason.contains(reason) }, "\(report.problems)")
        #expect(report.manifestChanges == "1 added, 1 changed, 0 removed")
        #expect(report.notes.contains { $0.hasPrefix("1 object of the last snapshot is in no file") })
        // Left out on purpose, or mended: then what is gone is gone.
        let exclude = [name.hasPrefix("chart") ? "chart" : name].compactMap { Glob($0) }
        let source = ManifestsRequest.Source.directory(bench.source, exclude: exclude)
        let next = try await bench.backup(bench.request([.init(name: "manifests", source: .manifests(ManifestsRequest(source)))]))
        #expect(next.isComplete && next.manifestChanges == "0 added, 0 changed, 1 removed")
    }

    @Test func aDirectoryThatCannotBeReadKeepsAllThatWasThere() async throws {
        try await write("web", replicas: 1)
        try await bench.backup(request)
        try await bench.edit("rm web.yaml")
        let report = try await bench.backup(request)
        #expect(!report.isComplete && report.problems.contains { $0.reason.contains("holds no manifests") })
        #expect(try bench.paths().contains("manifests/demo/deployment.apps/web.yaml"))
    }

    // MARK: A remote that has gone another way

    private func pushing(_ diverged: ManifestsRequest.Diverged, to remote: String? = "remote.git") -> BackupRequest {
        var request = bench.request([
            .init(
                name: "manifests",
                source: .manifests(
                    ManifestsRequest(.directory(bench.source), remotes: remote.map { [bench.scratch($0)] } ?? [], diverged: diverged)))
        ])
        request.environment = ["HOME": bench.scratch.path]
        return request
    }

    /// A README made on the web.
    private func divergeRemote() async throws {
        try await bash(
            """
            rm -rf clone; git clone -q remote.git clone; cd clone; mkdir -p .github; echo hello > README.md; echo x > .github/workflow.yaml
            chmod +x README.md; git add -A; git -c user.name=a -c user.email=a@b commit -q -m readme; git push -q
            """, in: bench.scratch.path)
    }

    private func begin(_ diverged: ManifestsRequest.Diverged) async throws {
        try await bash("git init -q --bare -b main remote.git", in: bench.scratch.path)
        try await write("web", replicas: 1)
        #expect(try await bench.backup(pushing(diverged)).isComplete)
        try await divergeRemote()
        try await write("web", replicas: 2)
    }

    private func findings() throws -> [String] {
        var request = Status.Request()
        request.policy = "test"
        return try Status(request, in: try bench.repository()).run().findings.filter { $0.message.contains("remote.git") }.map(
            \.severity.rawValue)
    }

    @Test func aRemoteThatHasMovedOnIsForAPersonToDecideOn() async throws {
        try await begin(.refuse)
        for replicas in 2...3 {
            try await write("web", replicas: replicas)
            let report = try await bench.backup(pushing(.refuse))
            #expect(report.snapshot != nil && report.problemCount == 1)
            let reason = report.problems.first?.reason ?? ""
            #expect(reason.contains("no push will change that") && reason.contains("push: branch") && !reason.contains("the next backup"))
            #expect(try findings() == ["P3"])
        }
        // Made empty again, it takes all, and status has nothing more to say.
        try await bash("rm -rf remote.git; git init -q --bare -b main remote.git", in: bench.scratch.path)
        #expect(try await bench.backup(pushing(.refuse)).isComplete)
        #expect(try findings() == [])
    }

    @Test func itsHistoryMayGoToABranchBesideWhatIsThere() async throws {
        try await begin(.branch)
        let report = try await bench.backup(pushing(.branch))
        #expect(report.isComplete && report.notes.contains { $0.contains("rekindle/test") })
        let commit = try #require(report.snapshot?.record.gitCommit)
        #expect(try await bashText("git --git-dir remote.git rev-parse rekindle/test", in: bench.scratch.path).hasPrefix(commit))
        #expect(try await bashText("git --git-dir remote.git log -1 --format=%s main", in: bench.scratch.path) == "readme\n")
        #expect(try findings() == [])
    }

    /// Folders that people deploy from are not for a merge to take away.
    @Test func aMergeThatWouldLoseTheirFoldersIsRefused() async throws {
        try await begin(.merge)
        try await bash(
            "cd clone; mkdir -p overlays/prod; echo a > overlays/prod/k.yaml; git add -A; git -c user.name=a -c user.email=a@b commit -q -m overlays; git push -q",
            in: bench.scratch.path)
        #expect(try await !bench.backup(pushing(.merge)).isComplete)
        let report = try await bench.backup(pushing(.merge))
        #expect(!report.isComplete && report.notes.contains { $0.contains("overlays") && $0.contains("push: branch") }, "\(report.notes)")
        let files = try await bashText("git --git-dir remote.git ls-tree -r --name-only main", in: bench.scratch.path)
        #expect(files.contains("overlays/prod/k.yaml"))
    }

    /// What is owed to a remote that the policy no longer names is nobody's business.
    @Test func aRemoteThatIsTakenOutIsForgotten() async throws {
        try await begin(.refuse)
        #expect(try await !bench.backup(pushing(.refuse)).isComplete)
        #expect(try findings() == ["P3"])
        #expect(try await bench.backup(pushing(.refuse, to: nil)).isComplete)
        #expect(try findings() == [])
    }

    @Test func itMayBeJoinedWithWhatIsThere() async throws {
        try await begin(.merge)
        #expect(try await !bench.backup(pushing(.merge)).isComplete)
        #expect(try findings() == ["P3"])
        let joined = try await bench.backup(pushing(.merge))
        #expect(joined.isComplete && joined.notes.contains { $0.contains("was joined") }, "\(joined.problems)")
        #expect(try findings() == [])
        // What people have put there stays, also in the commits that follow.
        try await write("web", replicas: 7)
        #expect(try await bench.backup(pushing(.merge)).isComplete)
        let files = try await bashText("git --git-dir remote.git ls-tree -r main | cut -c1-6,53-", in: bench.scratch.path)
        #expect(files == "100644\t.github/workflow.yaml\n100755\tREADME.md\n100644\tdemo/deployment.apps/web.yaml\n")
        #expect(try await bashText("git --git-dir remote.git log --format=%s main | grep -c readme", in: bench.scratch.path) == "1\n")
        #expect(try await git("fsck --strict --full") == "")
        // The snapshot has the objects alone.
        #expect(try bench.paths().filter { $0.hasPrefix("manifests/") && $0.contains("README") } == [])
    }
}
