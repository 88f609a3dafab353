import TestSupport
import Testing

struct TranscriptTests {
    @Test func thereAreSome() { #expect(Transcript.all().count > 9) }

    @Test(arguments: Transcript.all()) func theProgramAnswersAsItIsWritten(transcript: Transcript) throws {
        try transcript.check(in: try Scratch())
    }
}

/// What a person sees in terminals of several widths, with colours and without.
struct TerminalTranscriptTests {
    @Test func thereAreSome() { #expect(Transcript.all(in: "Terminal").count > 2) }

    @Test(arguments: Transcript.all(in: "Terminal")) func theTerminalShowsWhatIsWritten(transcript: Transcript) throws {
        try transcript.check(in: try Scratch())
    }
}

/// The same with a real API server, which is new for each.
@Suite(.serialized) struct ClusterTranscriptTests {
    @Test func thereAreSome() { #expect(Transcript.all(in: "Cluster").count > 2) }

    @Test(arguments: Transcript.all(in: "Cluster")) func theProgramAnswersAsItIsWritten(transcript: Transcript) throws {
        let app = try AppInCluster()
        try withExtendedLifetime(app) { try transcript.check(in: app.program.scratch) }
    }
}
