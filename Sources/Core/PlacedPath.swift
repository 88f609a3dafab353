/// A path of a snapshot, taken apart, and where its dataset lay on the machine that it came from.
package struct PlacedPath {
    package let components: [[UInt8]]
    /// The components of the dataset's source; nil where it was no directory.
    package let source: [[UInt8]]?
    /// Whether the first component is a dataset, from which a pattern may count as well.
    package let isInDataset: Bool

    /// A path of nothing in particular.
    package init(_ path: [UInt8]) {
        components = Self.components(path)
        source = nil
        isInDataset = false
    }

    package init(_ path: [UInt8], source: [[UInt8]]?) {
        components = Self.components(path)
        self.source = source
        isInDataset = true
    }

    package init(_ path: [UInt8], _ sources: DatasetSources) {
        components = Self.components(path)
        source = components.first.flatMap { sources.byName[$0] }
        isInDataset = true
    }

    package static func components(_ path: [UInt8]) -> [[UInt8]] { path.split(separator: UInt8(ascii: "/")).map(Array.init) }
}

/// Where the datasets of a snapshot came from.
public struct DatasetSources: Sendable {
    package var byName: [[UInt8]: [[UInt8]]] = [:]

    /// Of nothing.
    public init() {}
}
