/// `photonic.json`, which describes a data set of layout version 1. Paths are relative, a folder and a name:
///
///     photonic.json           this description
///     phases/NAME.json        the phases of one mesh                  MeshFile
///     calibrations/NAME.json  the measured response of one ring       RingFile
///     weights/NAME.f32        little-endian float32, -1 to 1, row-major, no header
///     spikes/NAME.csv         `time_ns,channel`, then one event a line, rising by time, then by channel
///     notes/NAME              anything
///
/// Unknown keys are passed over. Files that are not listed are not looked at. No path may lead through a symbolic link.
struct DataManifest: Decodable {
    static let fileName = "photonic.json"
    static let format = "photonic-data"
    static let version = 1
    /// Where the files of each kind are.
    static let folders = ["phases", "calibrations", "weights", "spikes", "notes"]
    /// Far above any real data set, far below what would hurt.
    static let filesMax = 10_000
    static let jsonBytesMax = 16 << 20

    /// What says whether the rest can be understood.
    struct Header: Decodable {
        let format: String
        let version: Int
    }

    /// How many files of each kind there are, so that a shortened list is noticed.
    struct Counts: Decodable, Equatable {
        let meshes: Int
        let rings: Int
        let weights: Int
        let spikes: Int
        let notes: Int
    }

    struct MeshEntry: DataManifestEntry {
        let file: String
        let modes: Int
    }

    struct RingEntry: DataManifestEntry {
        let file: String
        let points: Int
    }

    struct WeightEntry: DataManifestEntry {
        let file: String
        let shape: [Int]
        let minimum: Double
        let maximum: Double
        let sum: Double
        let sumOfMagnitudes: Double
        /// Eight hexadecimal digits, as everywhere below.
        let crc32: String
    }

    struct SpikeEntry: DataManifestEntry {
        let file: String
        let channels: Int
        let events: Int
        let crc32: String
    }

    struct NoteEntry: DataManifestEntry {
        let file: String
        let bytes: Int
        let crc32: String
    }

    let counts: Counts
    let meshes: [MeshEntry]
    let rings: [RingEntry]
    let weights: [WeightEntry]
    let spikes: [SpikeEntry]
    let notes: [NoteEntry]

    var listed: Counts {
        Counts(meshes: meshes.count, rings: rings.count, weights: weights.count, spikes: spikes.count, notes: notes.count)
    }

    var files: [String] {
        meshes.map(\.file) + rings.map(\.file) + weights.map(\.file) + spikes.map(\.file) + notes.map(\.file)
    }
}

/// A file that is listed, with what is said of it.
protocol DataManifestEntry: Decodable {
    var file: String { get }
}

/// The phases of one mesh, and the matrix that they made when they were saved.
struct MeshFile: Decodable {
    struct Element: Decodable {
        let mode: Int
        let theta: Double
        let phi: Double
    }

    /// `modes` rows of `modes` numbers each.
    struct Matrix: Decodable {
        let real: [[Double]]
        let imaginary: [[Double]]
    }

    let arrangement: Mesh.Arrangement
    let modes: Int
    let elements: [Element]
    let outputPhases: [Double]
    let matrix: Matrix
}

/// One ring and its calibration curve. Units stand in the names; `drop` and `dropSelfCoupling` are there for an add-drop ring only.
struct RingFile: Decodable {
    let circumferenceMicrometres: Double
    let effectiveIndex: Double
    let groupIndex: Double
    let referenceNanometres: Double
    let lossDecibelsPerCentimetre: Double
    let inputSelfCoupling: Double
    let dropSelfCoupling: Double?
    /// The one nearest to the reference wavelength.
    let resonanceNanometres: Double
    /// Rising.
    let wavelengthsNanometres: [Double]
    /// Power, 0 to 1, at each wavelength.
    let through: [Double]
    let drop: [Double]?

    /// What it says of the ring itself.
    var numbers: [Double] {
        [
            circumferenceMicrometres, effectiveIndex, groupIndex, referenceNanometres, lossDecibelsPerCentimetre, inputSelfCoupling,
            dropSelfCoupling ?? .nan, resonanceNanometres,
        ]
    }
}
