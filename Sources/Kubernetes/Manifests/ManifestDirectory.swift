/// The manifests of an application, as files beneath a directory.
public enum ManifestDirectory {
    /// Every object in the `.yaml`, `.yml` and `.json` files beneath `path`, sorted by its own path; files of other names are ignored.
    ///
    /// All of it or nothing: whatever is wrong with a file throws a `ManifestError`, which names them all.
    public static func read(_ path: String) throws -> [ManifestObject] {
        let (objects, problems) = try readWhatCanBe(path)
        if let problems { throw problems }
        return objects
    }

    /// The objects of every file that can be read, and what is wrong with the others: a file that cannot be read, a document that is no
    /// object, two different documents for one object, of which neither counts. Identical copies of a document count as one.
    ///
    /// A directory without any object throws a `ManifestError`.
    ///
    /// - Parameter isExcluded: is asked for each path beneath the directory.
    public static func readWhatCanBe(
        _ path: String, excluding isExcluded: @escaping ([UInt8]) -> Bool = { _ in false }
    ) throws -> (objects: [ManifestObject], problems: ManifestError?) {
        var reader = Reader()
        var files = ManifestFiles(root: path, isExcluded: isExcluded)
        files.walk()
        reader.problems = files.problems
        for file in files.found { reader.read(path + "/" + file) }
        if reader.problems.total == 0, reader.objects.isEmpty {
            let hint =
                "An empty directory is not taken for an application without objects: nothing was read, nothing is recorded as deleted"
            reader.problems.add(path, "it holds no manifests (.yaml, .yml, .json)", hint: hint)
        }
        let problems = reader.problems.total == 0 ? nil : ManifestError(directory: path, problems: reader.problems)
        if let problems, reader.objects.isEmpty { throw problems }
        return (reader.sound.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }, problems)
    }
}

private struct Reader {
    var problems = ProblemList()
    private(set) var objects: [ManifestObject] = []
    /// Paths of objects that stand in two places, differently.
    private var ambiguous: Set<String> = []

    /// Those that are meant without a doubt.
    var sound: [ManifestObject] { ambiguous.isEmpty ? objects : objects.filter { !ambiguous.contains($0.path) } }

    /// By path, so that two objects which would overwrite each other are found too.
    private var known: [String: (index: Int, place: String)] = [:]

    mutating func read(_ file: String) {
        do {
            let bytes = try ManifestFiles.bytes(file)
            for document in try YAMLText.documents(file.lowercased().hasSuffix(".json") ? YAMLText.joinSurrogates(bytes) : bytes) {
                read(document, file: file)
            }
        } catch let error as LineProblem {
            problems.add(file, error)
        } catch {
            problems.add(file, "\(error)")
        }
    }

    private mutating func read(_ document: DocumentText, file: String) {
        do {
            for value in try YAMLReader.values(document) {
                for item in try ObjectList.flatten(value) {
                    if let foreign = ForeignFile.kind(of: item.value, in: file) {
                        problems.add("\(file):\(item.line)", foreign.why, hint: foreign.hint)
                    } else {
                        add(item, file: file)
                    }
                }
            }
        } catch {
            problems.add(file, error)
        }
    }

    private mutating func add(_ item: LocatedValue, file: String) {
        do {
            let object = try ManifestObject(item)
            let place = "\(file):\(item.line)"
            guard let earlier = known.updateValue((objects.count, place), forKey: object.path) else {
                guard objects.count < ManifestLimits.objectsMax else {
                    return problems.add(place, "there are more than \(ManifestLimits.objectsMax) objects")
                }
                return objects.append(object)
            }
            known[object.path] = earlier
            let first = objects[earlier.index]
            if first.key != object.key || first.yaml != object.yaml { ambiguous.insert(object.path) }
            if first.key != object.key {
                problems.add(
                    place, "\(object.key) would be kept in one file with \(first.key) of \(earlier.place)", hint: "Rename one of them")
            } else if first.yaml != object.yaml {
                problems.add(place, "\(object.key) stands in \(earlier.place) too, and differently", hint: "Remove one of them")
            }
        } catch {
            problems.add(file, error)
        }
    }
}
