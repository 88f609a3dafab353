import Commands
import Core
import FoundationEssentials
import Glibc

extension Validation {
    /// What the steps of one run share: what was restored, and what was started beside it.
    struct Bench {
        let subject: Subject
        private var services: [(number: Int, service: RunningService)] = []
        /// Where each service listens, by the variable that says so.
        private var ports: [String: String] = [:]
        /// Of the last service.
        private(set) var port: UInt16?

        init(_ subject: Subject) { self.subject = subject }

        func lacks(for step: Step) -> String? { subject.lacks(for: step, hasService: port != nil) }

        /// Where a step's program runs, and with what.
        struct Place {
            let directory: String?
            let conditions: Command.Conditions
        }

        func place(
            for step: Step, _ command: Command, _ cancellation: Cancellation, environment own: [String: String] = [:]
        ) throws(Failure) -> Place {
            let account: UserAccount?
            if let user = step.user { account = try UserAccount(named: user) } else { account = nil }
            let target = step.writes ? try copy(for: account, cancellation) : subject.target
            var environment = ports.merging(own) { _, own in own }
            environment["REKINDLE_NAMESPACES"] = subject.cluster?.names ?? ""
            environment["REKINDLE_TARGET"] = target
            environment["REKINDLE_SCRATCH"] = try scratch(for: account)
            environment["REKINDLE_POLICY_DIR"] = command.workingDirectory.map { URL(filePath: $0).standardizedFileURL.path }
            return Place(
                directory: target ?? command.workingDirectory,
                conditions: .init(environment: environment, cancellation: cancellation, account: account))
        }

        /// Runs what a step's program does in its place; where it can be given none, nothing could be verified.
        func inPlace(
            for step: Step, _ command: Command, _ cancellation: Cancellation, _ body: (Place) throws -> Outcome
        ) throws -> Outcome {
            let place: Place
            do throws(Failure) { place = try self.place(for: step, command, cancellation) } catch {
                if error.code == .interrupted { throw error }
                return Outcome(.notVerified, error.message, isFinal: true)
            }
            return try body(place)
        }

        /// Where a step's program may write; other users have a folder of their own there.
        private func scratch(for account: UserAccount?) throws(Failure) -> String? {
            guard let scratch = subject.scratch, let account, Owner.isRoot else { return subject.scratch }
            let path = "\(scratch)/\(account.name)"
            let isThere = mkdir(path, 0o700) == 0 || errno == EEXIST
            guard isThere, chown(path, account.user, account.group) == 0, chmod(scratch, 0o711) == 0 else {
                throw Failure(.failed, "\(account.name) could not be given a folder: \(String(cString: strerror(errno)))")
            }
            return path
        }

        /// A copy of what was restored, which a program may change: what the steps after it look at stays as it came back.
        private func copy(for account: UserAccount?, _ cancellation: Cancellation) throws(Failure) -> String {
            guard let target = subject.target, let scratch = subject.scratch else {
                throw Failure(.failed, "a program that writes needs a copy, and what was restored is not in one directory")
            }
            let path = "\(scratch)/copy-\(UInt64.random(in: .min ... .max))"
            if account != nil { chmod(scratch, 0o711) }
            let program = ["cp", "--archive", "--reflink=auto", "--", target, path]
            let ended: Command.Finished
            do { ended = try Command(program).runKeepingOutput(under: .init(cancellation: cancellation)) } catch {
                throw error as? Failure ?? Failure(.failed, "\(error)")
            }
            if let failure = ended.failure {
                throw Failure(.failed, "its copy could not be made: \(failure)\(ended.lines.last.map { ": \($0)" } ?? "")")
            }
            if let account, Owner.isRoot, chown(path, account.user, account.group) != 0 {
                throw Failure(.failed, "its copy could not be given to \(account.name): \(String(cString: strerror(errno)))")
            }
            return path
        }

        mutating func start(_ check: ServiceCheck, of step: Step, number: Int, _ cancellation: Cancellation) throws -> Outcome {
            let port: UInt16
            let place: Place
            do throws(Failure) {
                port = try RunningService.freePort()
                place = try self.place(for: step, check.command, cancellation, environment: [check.portVariable: "\(port)"])
            } catch {
                if error.code == .interrupted { throw error }
                return Outcome(.notVerified, error.message, isFinal: true)
            }
            let command = Command(check.command.arguments, workingDirectory: place.directory, grace: check.grace)
            let service = try RunningService(command, port: port, place.conditions)
            let problem: String?
            do { problem = try service.wait(check.ready, within: step.timeout ?? ServiceCheck.standardTimeout, cancellation) } catch {
                _ = service.stop()
                throw error
            }
            if let problem {
                let ended = service.stop()
                return Outcome(ended.couldRun ? .failed : .notVerified, problem, output: ended.output)
            }
            services.append((number, service))
            ports[check.portVariable] = "\(port)"
            self.port = port
            return Outcome(.passed, "ready at 127.0.0.1:\(port)")
        }

        /// Stops what was started, the last first; tells of each what it printed, and why it had ended before, if it had.
        mutating func stopServices() -> [(number: Int, stop: RunningService.Stop)] {
            defer { services = [] }
            return services.reversed().map { ($0.number, $0.service.stop()) }
        }
    }
}
