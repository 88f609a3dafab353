package import Core

/// What holds while something is read: begun before, ended after, whatever happens in between.
public struct Preparation: Sendable, Equatable {
    /// Brings the application into a state that can be saved.
    public var before: Command?
    /// Lets it go on.
    public var after: Command?

    public init(before: Command? = nil, after: Command? = nil) {
        self.before = before
        self.after = after
    }

    public var isEmpty: Bool { before == nil && after == nil }

    /// What became of something that was done under a preparation.
    package struct Held<Value> {
        /// A ``Refusal`` where nothing was done, because the preparation could not begin.
        package let result: Result<Value, any Error>
        /// Why the preparation could not be ended; undoes nothing.
        package let endFailure: (any Error)?
    }

    /// A preparation that could not begin: nobody knows what state the data is in.
    package struct Refusal: Error, CustomStringConvertible {
        package let failure: Failure

        package var description: String { failure.message }
    }

    /// Begins, does it, and ends. The end comes also after a failure to begin, and after an interruption, which does not stop it.
    ///
    /// - Parameters:
    ///   - begin: runs what begins.
    ///   - end: runs what ends; is given why it was not done, if it was not.
    package func hold<Value>(
        begin: (Command) throws -> Void, end: (Command, (any Error)?) throws -> Void, _ body: () throws -> Value
    ) -> Held<Value> {
        let result = Result {
            do { try before.map(begin) } catch let failure as Failure where failure.code == .failed {
                throw Refusal(failure: failure)
            }
            return try body()
        }
        var failure: (any Error)?
        if case .failure(let error) = result { failure = error }
        var endFailure: (any Error)?
        do { try after.map { try end($0, failure) } } catch { endFailure = error }
        return Held(result: result, endFailure: endFailure)
    }
}
