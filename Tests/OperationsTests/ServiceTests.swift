import Commands
import Core
import Foundation
import Glibc
import Operations
import Proof
import TestSupport
import Testing
import Vault

/// Steps that look at what a drill has restored: a service that it starts, programs of other users, copies for those that write.
@Suite struct ServiceTests {
    private let bench: Bench
    private let place: String
    private let policies: String

    init() async throws {
        bench = try Bench()
        (place, policies) = (bench.scratch("drills"), bench.scratch("policies"))
        mkdir(place, 0o755)
        mkdir(policies, 0o755)
        try await bench.edit("mkdir d && echo restored > d/health")
        try await bench.backup()
    }

    private static let server = "python3 -u -m http.server $REKINDLE_PORT --bind 127.0.0.1 --directory data/d"

    private func service(_ script: String = server, ready: ServiceCheck.Ready = .http, grace: Duration = .seconds(10)) -> Validation.Step {
        let command = Command(["bash", "-c", script], workingDirectory: policies)
        return Validation.Step(.service(ServiceCheck(command, ready: ready, grace: grace)), timeout: .seconds(60))
    }

    private func shell(_ script: String, looksAt object: Validation.Object = .files) -> Validation.Step {
        Validation.Step(
            .command(Command(["bash", "-c", script], workingDirectory: policies), looksAt: object), timeout: .seconds(60))
    }

    private let health = Validation.Step(.http(HealthCheck(path: "/health", status: 200, timeout: .seconds(30))))

    private func drill(_ steps: [Validation.Step]) async throws -> Drill.Report {
        var request = Drill.Request(snapshot: "latest", steps: steps, scratch: place)
        request.policy = "test"
        return try await offPool { [request] in
            try Drill(request, in: try bench.repository(), progress: VaultProgress(), cancellation: Cancellation()).run()
        }
    }

    private func isRunning(_ mark: String) throws -> Bool {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { pid in
            guard Int(pid) != nil, let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            return String(decoding: line, as: UTF8.self).contains(mark)
        }
    }

    @Test func theStepsAfterItAskWhatWasRestored() async throws {
        let ask = "import os, urllib.request as u; print(u.urlopen('http://127.0.0.1:' + os.environ['REKINDLE_PORT'] + '/health').read())"
        let report = try await drill([service(), health, shell("python3 -c \"\(ask)\"", looksAt: .service)])
        #expect(report.evidence.passed && report.results.map(\.verdict) == [.passed, .passed, .passed], "\(report.results)")
        #expect(report.results.map(\.looksAt) == [.files, .service, .service] && report.results[2].output == ["b'restored\\n'"])
        #expect(report.results[0].output.contains { $0.contains("GET /health") }, "\(report.results[0].output)")
        #expect(report.leftBehind == nil && report.evidence.steps.map(\.looksAt) == [.files, .service, .service])
    }

    @Test func itEndsWithTheDrillAndIsKilledWithItsChildrenWhereItDoesNot() async throws {
        let mark = "4\(UInt32.random(in: 100_000...999_999))"
        let script = "(trap '' TERM; exec sleep \(mark)) & trap 'echo told to end' TERM; \(Self.server) & wait; wait"
        let report = try await drill([service(script, grace: .seconds(1)), health])
        #expect(report.evidence.passed && report.results[0].output.contains("told to end"), "\(report.results)")
        #expect(try !isRunning(mark))
    }

    @Test func oneThatIsNeverReadyHasFailedAndNobodyAsksIt() async throws {
        let early = try await drill([service("echo no such table >&2; exit 3"), health])
        #expect(early.results.map(\.verdict) == [.failed, .notRun] && early.results[0].output == ["no such table"], "\(early.results)")
        #expect(early.results[0].summary.contains("ended before it was ready") && !early.evidence.passed)
        let silent = Validation.Step(.service(ServiceCheck(Command(["sleep", "1000"]))), timeout: .milliseconds(200))
        let late = try await drill([silent])
        #expect(late.results[0].summary.hasPrefix("was not ready within"), "\(late.results)")
    }

    @Test func oneThatDiesMeanwhileHasFailed() async throws {
        // It dies when it has been asked, and the last step waits for that.
        func wait(for name: String) -> String { "while [ ! -e $REKINDLE_SCRATCH/\(name) ]; do sleep 0.05; done" }
        let script = "\(Self.server) & \(wait(for: "asked")); kill $!; echo out of memory; touch $REKINDLE_SCRATCH/gone; exit 9"
        let last = "touch $REKINDLE_SCRATCH/asked; \(wait(for: "gone")); sleep 1"
        let report = try await drill([service(script), health, shell(last)])
        #expect(report.results.map(\.verdict) == [.failed, .passed, .passed], "\(report.results)")
        #expect(report.results[0].summary.contains("ended before it was stopped") && report.results[0].output.contains("out of memory"))
    }

    @Test func whatCouldNotBeVerifiedIsNeverGreen() async throws {
        var absent = Validation.Step(.service(ServiceCheck(Command(["no-such-server"]))))
        let demanded = try await drill([absent, shell("true")])
        #expect(demanded.results[0].verdict == .notVerified && !demanded.evidence.passed && demanded.outcome == .notValid)
        absent.isRequired = false
        let beside = try await drill([absent, shell("true")])
        #expect(beside.evidence.passed && beside.evidence.notVerified.count == 1 && beside.outcome == .success)
        let facts = try await offPool { try Status(.init(), in: try bench.repository()).run() }
        #expect(facts.findings.contains { $0.severity == .p3 && $0.message.contains("could not verify all of it") }, "\(facts.findings)")
        // Alone it proves nothing.
        let alone = try await drill([absent])
        #expect(alone.evidence.failures == ["none of the validations could verify anything"])
        let says = try await drill([shell("echo no database here; exit 77")])
        #expect(says.results[0].verdict == .notVerified && says.results[0].output == ["no database here"])
    }

    @Test func aCommandThatLooksAtTheLivingIsNotRunInADrill() async throws {
        let report = try await drill([shell("touch \(bench.scratch("asked"))", looksAt: .live), shell("true", looksAt: .cluster)])
        #expect(report.results.map(\.verdict) == [.notRun, .notRun] && !report.evidence.passed)
        #expect(access(bench.scratch("asked"), F_OK) != 0)
    }

    @Test func programsAreToldWhereTheyAreAndWhatTheyWriteGoesWithTheDrill() async throws {
        let seen = bench.scratch("seen")
        let report = try await drill([
            shell(
                "test $PWD = $REKINDLE_TARGET && test $REKINDLE_POLICY_DIR = \(policies) && echo x > $REKINDLE_SCRATCH/x && echo $REKINDLE_SCRATCH > \(seen)"
            )
        ])
        #expect(report.evidence.passed, "\(report.results)")
        let scratch = try String(contentsOfFile: seen, encoding: .utf8).trimmingCharacters(in: .newlines)
        #expect(!scratch.isEmpty && access(scratch, F_OK) != 0)
    }

    @Test func oneThatWritesHasACopyOfItsOwn() async throws {
        var writer = shell("echo changed > data/d/health && cat data/d/health")
        writer.writes = true
        let report = try await drill([writer, shell("grep -q restored data/d/health")])
        #expect(report.evidence.passed && report.results[0].output == ["changed"], "\(report.results)")
    }

    @Test(.enabled(if: geteuid() == 0, "only root can run something as another user"))
    func aProgramRunsAsTheUserThatThePolicyNames() async throws {
        var step = shell(
            "id -un; cat data/d/health; echo x > $REKINDLE_SCRATCH/x && test $HOME != /root && echo y 2> /dev/null > data/d/y || echo refused"
        )
        step.user = "nobody"
        try await bench.edit("chmod 755 d && chmod 644 d/health")
        try await bench.backup()
        chmod(bench.scratch.path, 0o711)
        let report = try await drill([step])
        #expect(report.results[0].output == ["nobody", "restored", "refused"], "\(report.results)")
        #expect(report.leftBehind == nil)
        step.user = "no-such-user"
        var absent = Validation.Step(.command(Command(["no-such-program"])))
        absent.user = "nobody"
        let missing = try await drill([absent]).results[0]
        #expect(missing.verdict == .notVerified && missing.summary.contains("finds no such program"), "\(missing)")
        let unknown = try await drill([step])
        #expect(unknown.results[0].verdict == .notVerified && unknown.results[0].summary.contains("there is no user no-such-user"))
    }
}
