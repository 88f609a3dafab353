import Commands
public import Core
import PhotonicCore
import Vault

/// What proves a restore: the policy's list, run over what was restored.
public struct Validation: Sendable {
    private static let pause = Duration.seconds(1)

    private let steps: [Step]
    private let progress: Progress
    private let cancellation: Cancellation

    public init(_ steps: [Step], progress: Progress = Progress(), cancellation: Cancellation) {
        self.steps = steps
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Runs every step, also after one that failed: the operator wants to know all of it. What was started is stopped when all have run.
    public func run(_ subject: Subject) throws -> [Result] {
        var bench = Bench(subject)
        var results: [Result] = []
        do {
            for step in steps { results.append(try run(step, &bench, number: results.count)) }
        } catch {
            _ = bench.stopServices()
            throw error
        }
        for (number, stop) in bench.stopServices() {
            results[number].output = stop.output
            guard let failure = stop.failure, results[number].verdict == .passed else { continue }
            (results[number].verdict, results[number].summary) = (.failed, failure)
        }
        return results
    }

    private func run(_ step: Step, _ bench: inout Bench, number: Int) throws -> Result {
        let clock = ContinuousClock.now
        progress.begin("validate: \(step.name)", objectsTotal: 0)
        var attempt = 1
        var outcome = try attemptOnce(step, &bench, number)
        while outcome.verdict == .failed || outcome.verdict == .notVerified, !outcome.isFinal, attempt <= step.retries {
            try Tasks.wait(cancellation) { try await Task.sleep(for: Self.pause) }
            attempt += 1
            outcome = try attemptOnce(step, &bench, number)
        }
        if attempt > 1 { outcome.summary += ", after \(attempt) attempts" }
        return Result(of: step, outcome, attempts: attempt, took: clock.duration(to: .now))
    }

    private func attemptOnce(_ step: Step, _ bench: inout Bench, _ number: Int) throws -> Outcome {
        try cancellation.check()
        if let reason = bench.lacks(for: step) { return Outcome(.notRun, reason) }
        switch step.check {
        case .photonicCore(let dataset, let suite):
            return try SelfTestStep(dataset: dataset, suite: suite, timeout: step.timeout).run(bench.subject, cancellation)
        case .unusable(_, _, let reason): return Outcome(.notVerified, "it cannot be run: \(reason)", isFinal: true)
        case .kubernetes(let check):
            guard let place = bench.subject.cluster else { return Outcome(.notRun, "nothing was restored into a cluster") }
            let found = try check.run(in: place, cancellation: cancellation)
            return Outcome(
                found.couldAsk ? found.passed ? .passed : .failed : .notVerified, found.summary, output: found.output)
        case .http(let check):
            let failure = try check.run(port: bench.port, cancellation: cancellation)
            return Outcome(failure == nil ? .passed : .failed, failure ?? check.answer)
        case .files(let check):
            guard let directory = bench.subject.directory?(check.dataset) else {
                return Outcome(.failed, "the dataset \(check.dataset) was not restored")
            }
            return try check.run(directory, at: bench.subject.snapshot?.snapshot.record.time, cancellation)
        case .respond(let check): return try respond(check, of: step, bench)
        case .service(let check): return try bench.start(check, of: step, number: number, cancellation)
        case .command(let command, _): return try run(command, of: step, bench)
        }
    }

    private func respond(_ check: RespondCheck, of step: Step, _ bench: Bench) throws -> Outcome {
        guard let directory = bench.subject.directory?(check.dataset) else {
            return Outcome(.failed, "the dataset \(check.dataset) was not restored")
        }
        let place: Bench.Place
        do throws(Failure) { place = try bench.place(for: step, check.command, cancellation) } catch {
            if error.code == .interrupted { throw error }
            return Outcome(.notVerified, error.message, isFinal: true)
        }
        return try RespondStep(check: check, directory: directory, timeout: step.timeout).run(
            place.conditions, with: bench.subject.snapshot)
    }

    /// What the last lines of a program say, in one of these, ends the sentence about it.
    private func run(_ command: Command, of step: Step, _ bench: Bench) throws -> Outcome {
        try bench.inPlace(for: step, command, cancellation) { place in
            let ended = try Command(command.arguments, timeout: step.timeout, workingDirectory: place.directory)
                .runKeepingOutput(under: place.conditions)
            guard let failure = ended.failure else { return Outcome(.passed, "ended with status 0", output: ended.lines) }
            // The step's name says which.
            let summary = failure.hasPrefix("\(step.name) ") ? String(failure.dropFirst(step.name.count + 1)) : failure
            if !ended.couldRun { return Outcome(.notVerified, summary, output: ended.lines) }
            if !ended.couldLook { return Outcome(.notVerified, "says that it could not verify (\(summary))", output: ended.lines) }
            return Outcome(.failed, summary, output: ended.lines)
        }
    }
}
