/// The manifests of an application, as files beneath a directory.
public enum ManifestDirectory {
    /// Every object in the `.yaml`, `.yml` and `.json` files beneath `path`, sorted by its own path; files of other names are ignored.
    ///
    /// All of it or nothing: a file that cannot be read, a document that is no object, two different documents for one object and a
    /// directory without any object throw a `ManifestError`, which names them all. Identical copies of a document count as one.
    public static func read(_ path: String) throws -> [ManifestObject] {
        var reader = Reader()
        var files = ManifestFiles(root: path)
        files.walk()
        reader.problems = files.problems
        for file in files.found { reader.read(path + "/" + file) }
        if reader.problems.total == 0, reader.objects.isEmpty {
            let hint =
                "An empty directory is not taken for an application without objects: nothing was read, nothing is recorded as deleted"
            reader.problems.add(path, "it holds no manifests (.yaml, .yml, .json)", hint: hint)
        }
        guard reader.problems.total == 0 else { throw ManifestError(directory: path, problems: reader.problems) }
        return reader.objects.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}

private struct Reader {
    var problems = ProblemList()
    private(set) var objects: [ManifestObject] = []
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
                for item in try ObjectList.flatten(value) { add(item, file: file) }
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
