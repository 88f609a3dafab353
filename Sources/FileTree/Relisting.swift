import Core
import Glibc

/// Tells a name that was removed since it was listed from one that answers "no such file" although its directory lists it still,
/// as broken entries of network file systems do: the first is none of a backup's business, the second is data that cannot be read.
public struct Relisting {
    /// A name may go and come back between two looks, as the temporary file of a program does that saves by renaming.
    private static let attemptsMax = 3

    /// A directory with so many such names is broken: from then on a listing is believed for a moment, and not made anew for each name.
    private static let confirmedMax = 8
    private static let moment = Duration.seconds(1)

    private var directory: Directory?
    private var names = NameList()
    private var listed = ContinuousClock.now
    /// Names of the directory that were found to be such.
    private var confirmed = 0

    /// Nothing was listed so far.
    public init() {}

    /// What `body` finds at the name; nil when it is not there and not listed any more. A failure of any other kind is thrown at
    /// once, `ENOENT` when the name was listed after each of several attempts.
    public mutating func attempt<Result, Failure: Error>(
        _ name: [UInt8], in parent: Directory, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        var attempts = 0
        while true {
            do throws(Failure) { return try body() } catch {
                guard let reason = error as? SystemError, reason.code == ENOENT else { throw error }
                if !lists(name, in: parent) { return nil }
                attempts += 1
                if attempts >= Self.attemptsMax {
                    confirmed += 1
                    throw error
                }
            }
        }
    }

    /// The last listing is believed for names that it lacks: a directory of which many go is not listed again for each.
    private mutating func lists(_ name: [UInt8], in parent: Directory) -> Bool {
        if directory === parent {
            if !names.has(name) { return false }
            if confirmed >= Self.confirmedMax, ContinuousClock.now - listed < Self.moment { return true }
        } else {
            confirmed = 0
        }
        do throws(SystemError) {
            names = try parent.names()
            listed = .now
            directory = parent
            return names.has(name)
        } catch {
            directory = nil
            return !parent.isRemoved
        }
    }
}

extension Directory {
    /// Whether the directory itself is gone, and only this program holds it: nothing is listed in it then.
    fileprivate var isRemoved: Bool {
        do throws(SystemError) { return try file.status().linkCount == 0 } catch { return false }
    }
}
