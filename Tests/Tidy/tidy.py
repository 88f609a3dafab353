#!/usr/bin/env python3
"""Holds the shape of the code: reads it as text, takes about a second, and prints each place that breaks a rule.

    python3 Tests/Tidy/tidy.py            0 when all rules hold
    python3 Tests/Tidy/tidy.py --figures  how many files and functions there are, and how long they are

The rules, each with its reason, stand in house.py, and what is excepted from them, each with its reason, in exceptions.tsv.
"""

import re
import statistics
import sys
from pathlib import Path

import house
from swift_source import Source

ROOT = Path(__file__).resolve().parents[2]


class Findings:
    """What breaks a rule, but for the exceptions: each excepts so many places of a file, no more and no fewer, so that the list only gets shorter."""

    EXCEPTIONS = "Tests/Tidy/exceptions.tsv"

    def __init__(self):
        self.broken = {}  # by rule and place, the findings there
        self.count = 0

    def add(self, rule, source, line, what, key=None):
        path = source if isinstance(source, str) else source.path
        self.broken.setdefault((rule, f"{path}:{key}" if key else path), []).append(f"{path}:{line}: {what}. {house.RULES[rule]}")

    def close(self):
        found = []
        for rule, place, count, reason in self.exceptions():
            there = self.broken.pop((rule, place), [])
            self.count += 1
            if len(there) != int(count):
                found += there + [f"{self.EXCEPTIONS}: {rule} | {place}: excepted {count} times, found {len(there)} times"]
            if not reason:
                found.append(f"{self.EXCEPTIONS}: {rule} | {place}: no reason is given")
        return [line for lines in self.broken.values() for line in lines] + found

    def exceptions(self):
        for line in (ROOT / self.EXCEPTIONS).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                yield line.split("\t")


def main():
    modules = {m.name: [Source(p.relative_to(ROOT)) for p in sorted(m.rglob("*.swift"))] for m in sorted((ROOT / "Sources").iterdir()) if m.is_dir()}
    tests = [Source(p.relative_to(ROOT)) for p in sorted((ROOT / "Tests").rglob("*.swift"))]
    if "--figures" in sys.argv:
        return figures(modules, tests)
    findings = Findings()
    arrows(modules, findings)
    picture(findings)
    circles(modules, findings)
    for sources in modules.values():
        for source in sources:
            patterns(source, house.BANNED, findings)
            ceilings(source, findings)
            parameters(source, findings)
            documentation(source, findings)
    for source in tests:
        patterns(source, house.BANNED_IN_TESTS, findings)
    found = findings.close()
    files = f"{sum(map(len, modules.values()))} source files, {len(tests)} test files"
    print("\n".join(found) if found else f"tidy: {files}, {findings.count} exceptions")
    return 1 if found else 0


# MARK: Modules


def arrows(modules, findings):
    """Imports, the dependencies of Package.swift and the table say the same."""
    package = Source("Package.swift")
    declared = dependencies(package.text)
    for name, sources in modules.items():
        if not sources:
            continue
        if name not in house.ARROWS:
            findings.add("arrows", "Package.swift", 1, f"the module {name} is in no table")
            continue
        allowed = house.ARROWS[name]
        imported = set()
        for source in sources:
            for module in source.imports - house.EVERYWHERE:
                imported.add(module)
                if module not in allowed:
                    findings.add("arrows", source, 1, f"{name} imports {module}", module)
        for module in sorted(allowed - imported):
            findings.add("arrows", "Tests/Tidy/house.py", 1, f"{name} may import {module} and does not")
        for module in sorted(declared.get(name, set()) ^ allowed):
            findings.add("arrows", "Package.swift", 1, f"{name}: the dependencies and the imports differ in {module}")
    layers(findings)


def layers(findings):
    """The picture of Sources/README.md, and whether its arrows point down."""
    order = [name for row in house.LAYERS for name in row]
    row_of = {name: number for number, row in enumerate(house.LAYERS) for name in row}
    for name, allowed in house.ARROWS.items():
        for module in allowed & set(order):
            if row_of[module] <= row_of[name]:
                findings.add("arrows", "Tests/Tidy/house.py", 1, f"{name} imports {module}, which is not below it")


def picture(findings):
    """The first drawing of Sources/README.md has the rows of the table."""
    path = "Sources/README.md"
    lines = (ROOT / path).read_text(encoding="utf-8").split("```")[1].strip().splitlines()
    drawn = [re.split(r" {2,}", line)[0].split() for line in lines]
    if drawn != house.LAYERS:
        wrong = next((f"{a} and not {b}" for a, b in zip(drawn, house.LAYERS) if a != b), "another number of rows")
        findings.add("picture", path, 1, f"the drawing has {wrong}")


def dependencies(package):
    """What Package.swift gives to each target, by the names that are imported."""
    products = dict(re.findall(r'let (\w+) = Target\.Dependency\.product\(name: "(\w+)"', package))
    found = {}
    for m in re.finditer(r'(?:library\(\s*|executableTarget\(\s*name: )"([\w-]+)",\s*(?:dependencies: )?\[([^\]]*)\]', package):
        found[m.group(1)] = {products.get(word, word) for word in re.findall(r"[\w]+", m.group(2))}
    return found


def circles(modules, findings):
    for name, sources in modules.items():
        owners = {}
        for source in sources:
            for word in source.declared:
                if word[0].isupper():
                    owners.setdefault(word, source.path)
        graph = {s.path: {owners[w] for w in s.words if w in owners} - {s.path} for s in sources}
        for circle in strongly_connected(graph):
            short = " ".join(sorted(Path(path).name.removesuffix(".swift") for path in circle))
            findings.add("circles", f"Sources/{name}", 1, f"files that need each other: {short}", short)


def strongly_connected(graph):
    """Tarjan's, without recursion into single files."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            circle = []
            while not circle or circle[-1] != node:
                circle.append(stack.pop())
            if len(circle) > 1:
                found.append(circle)

    for node in graph:
        if node not in index:
            visit(node)
    return found


# MARK: Files and functions


def patterns(source, banned, findings):
    for rule, (kind, pattern, words) in banned.items():
        if not any(word in source.text for word in words):
            continue
        for m in re.finditer(pattern, getattr(source, kind), re.M):
            findings.add(rule, source, source.line_of(m.start()), f"`{m.group().strip()}`")


def ceilings(source, findings):
    if source.lines > house.FILE_LINES:
        findings.add("file length", source, 1, f"{source.lines} lines")
    for function in source.functions:
        if function.lines > house.FUNCTION_LINES:
            findings.add("function length", source, function.line, f"{function.name} has {function.lines} lines", function.name)


def parameters(source, findings):
    for function in source.functions:
        if len(function.parameters) > house.PARAMETERS:
            findings.add("parameters", source, function.line, f"{function.name} has {len(function.parameters)} parameters", function.name)
        if function.unlabelled > house.UNLABELLED:
            findings.add("labels", source, function.line, f"{function.name} has {function.unlabelled} parameters without a label in a row", function.name)


def documentation(source, findings):
    if source.path.split("/")[1] in house.DOCUMENTED:
        for line, what in undocumented(source):
            findings.add("documentation", source, line, f"`{what}` has no documentation")


PUBLIC = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*public (?!import\b|extension\b)(.*)")


# What a store does is said once, in the contract.
CONTRACT = re.compile(r"(?:func (?:page|read|size|create|remove|space|removeAbandoned)\(|(?:var|let) (?:location|capabilities|directory)\b)")


def undocumented(source):
    """Public declarations without a comment above; what a protocol asks for explains itself, and is explained there."""
    text, code = source.text.split("\n"), source.code.split("\n")
    isStore = re.search(r"\b(?:class|struct) \w+: ObjectStore\b", source.code)
    for number, line in enumerate(code):
        m = PUBLIC.match(line)
        if not m or isStore and CONTRACT.search(line) or re.search(r"\b(?:var description\b|func ==|func <|func hash\(|deinit|static func < |init\(from decoder|func encode\(to )", line):
            continue
        above = number - 1
        while above >= 0 and re.match(r"\s*@", text[above]):
            above -= 1
        if above < 0 or not text[above].lstrip().startswith("///"):
            yield number + 1, m.group(1).strip()


def figures(modules, tests):
    for name, sources in [*modules.items(), ("Tests", tests)]:
        if sources:
            row(name, sources)
    row("all sources", [s for sources in modules.values() for s in sources])
    return 0


def row(name, sources):
    lines = sorted(s.lines for s in sources)
    lengths = sorted(f.lines for s in sources for f in s.functions if f.lines)
    public = sum(bool(PUBLIC.match(line)) for s in sources for line in s.code.split("\n"))
    bare = sum(1 for s in sources for _ in undocumented(s))
    percent = f"{100 - 100 * bare // public} %" if public else "-"

    def parts(values):
        return f"{statistics.median(values):.0f} / {values[len(values) * 9 // 10]} / {values[-1]}" if values else "-"

    print(f"{name:16} {len(sources):4} files {sum(lines):6} lines   file {parts(lines):16} function {parts(lengths):14} {len(lengths):5} functions, documented {percent}")


if __name__ == "__main__":
    sys.exit(main())
