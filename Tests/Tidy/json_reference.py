#!/usr/bin/env python3
"""Writes policies/JSON.md from the types that the program encodes; with --check, compares it with what it would write.

    python3 Tests/Tidy/json_reference.py [--check]

A field's name, type and meaning are those of the stored property and of the comment above it. The tests of the command line
hold every document that they see against the page.
"""

import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from swift_source import Source, matching

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "policies/JSON.md"

# By verb: the type of its document, and the list that is written as it grows, where it has one.
VERBS = {
    "init": ("InitCommand.Document", None),
    "backup": ("BackupReport", ("changes", "PathNotice")),
    "snapshots": ("SnapshotsCommand.Document", None),
    "show": ("SnapshotDocument", None),
    "ls": ("EntryListing.Rest", ("entries", "EntryListing.Document")),
    "find": ("EntryListing.Rest", ("entries", "EntryListing.Document")),
    "diff": ("DiffCommand.Document", ("changes", "PathChange")),
    "log": ("LogCommand.Document", None),
    "restore": ("RestoreAndProve.Report", ("changes", "PathNotice")),
    "export": ("Export.Report", None),
    "verify": ("VerifyReport", None),
    "selftest": ("SelftestCommand.Document", None),
    "drift": ("Drift.Report", None),
    "drill": ("Drill.Report", None),
    "bisect": ("Bisect.Report", ("changed", "PathChange")),
    "status": ("Status.Report", None),
    "witness": ("WitnessDiffCommand.Document", None),
    "accept": ("AcceptCommand.Document", None),
    "report": ("ProtectionReport", None),
    "keygen": ("KeygenCommand.Document", None),
}
PLAIN = {"String": "string", "Int": "integer", "Int64": "integer", "Int32": "integer", "UInt32": "integer", "Bool": "boolean", "Double": "number"}
# Types that are encoded as one value.
VALUES = {"Timestamp": "time", "SHA256Digest": "digest", "Snapshot": "snapshot"}
ALIASES = {"ApplyObject": "ObjectKey"}
# Types that say what they encode by hand.
BY_HAND = {
    "CaptureGap": [("part", "string", True, "Which part: a kind, a group, a namespace."), ("reason", "string", True, "Why it could not be read.")]
}
INTRO = """# What `--json` prints

*Written from the program's own types by `Tests/Tidy/json_reference.py`; every document that the tests see is held against it.*

Every verb that does not print a file takes `--json`, and prints one document on standard output, also when it fails: its own fields, which
follow below, and those of [every document](#every-document).

- A **time** is ISO 8601 in UTC with milliseconds: `2026-02-03T04:05:06.789Z`. A length of time is an integer whose name ends in `Milliseconds`, a size an
  integer of bytes. A **snapshot** is its whole id, a **digest** a SHA-256, both of 64 hexadecimal digits.
- A field that is *always* there is there in every document of its type; another is left out where there is nothing to say.
- `schema` rises when a field is taken away or changes its meaning, which CHANGELOG.md tells. New fields may come with any version: pass over those
  that you do not know.
- Lists of `ls`, `find`, `diff`, `bisect` and of dry runs are printed as they grow, before the fields that follow them. Where one broke off, the document has
  an `error`.
- With `--log-format json` every line on standard error is a [message](#messages), the first with the event `started`, the last with `finished`.

"""


@dataclass
class Type:
    name: str
    kind: str
    doc: str
    fields: list = field(default_factory=list)  # (name, Swift type, doc)
    keys: dict | None = None
    cases: list = field(default_factory=list)


def types():
    found = {}
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        source = Source(path)
        collect(source.code, source.text, 0, len(source.code), "", found)
    return found


DECLARATION = re.compile(r"^[ \t]*(?:(?:public|package|private|fileprivate|final|indirect)\s+)*(struct|enum|class|extension|protocol|actor)\s+([\w.]+)[^\n{]*\{", re.M)
STORED = re.compile(
    r"^[ \t]*(?:(?:public|package|private|fileprivate|internal)(?:\(set\))?\s+)*(let|var)\s+(\w+)(?::\s*([^={\n]+?))?\s*(?:=\s*([^\n]+?))?\s*$", re.M
)


def collect(code, text, begin, end, scope, found):
    """The types that are declared between two offsets, and what lies in them."""
    position = begin
    while m := DECLARATION.search(code, position, end):
        closing = matching(code, m.end() - 1, "{", "}")
        name = f"{scope}.{m.group(2)}" if scope else m.group(2)
        if m.group(1) in ("struct", "enum"):
            # Of two types with one name, the one that is encoded.
            if name not in found or re.search(r"Encodable|Codable", m.group(0)):
                found[name] = Type(name, m.group(1), comment(text, m.start()))
                members(code, text, m.end(), closing - 1, found[name])
        collect(code, text, m.end(), closing - 1, name, found)
        position = closing


def members(code, text, begin, end, type_):
    # What lies in braces is no member of this type; its place stays.
    body, depth = list(code[begin:end]), 0
    for offset, character in enumerate(body):
        depth -= character == "}"
        if depth > 0 and character != "\n":
            body[offset] = " "
        depth += character == "{"
    flat = "".join(body)
    if type_.kind == "enum":
        type_.cases = enum_cases(flat, text[begin:end])
        return
    for m in STORED.finditer(flat):
        if re.search(r"\b(static|lazy)\b", m.group(0)) or "{" in m.group(0):
            continue
        whole = text[begin + m.start() : begin + m.end()].strip()
        type_.fields.append((m.group(2), swift_type(m.group(3), m.group(4), whole), comment(text, begin + m.start())))
    keys = re.search(r"enum CodingKeys[^{]*\{", flat)
    if keys:
        closing = matching(code, begin + keys.end() - 1, "{", "}")
        type_.keys = dict(enum_cases(code[begin + keys.end() : closing - 1], text[begin + keys.end() : closing - 1]))


def enum_cases(code, text):
    cases = []
    for m in re.finditer(r"^[ \t]*case ([^\n(:]+)$|\bcase ([^\n(:}]+)", code, re.M):
        line = text[m.start() : m.end()].strip().removeprefix("case ")
        for part in line.split(","):
            name, _, raw = part.partition("=")
            cases.append((name.strip(" `\n"), raw.strip().strip('"') or name.strip(" `\n")))
    return cases


def swift_type(written, value, whole):
    if written:
        return written.strip()
    value = (value or "").strip()
    if value in ("true", "false"):
        return "Bool"
    if re.fullmatch(r"-?[\d_]+", value) or value == "Self.version":
        return "Int"
    made = re.match(r"([A-Z]\w*)(?:\(|\.)", value)
    return made.group(1) if made else f"?{whole}"


def comment(text, offset):
    """The doc comment above the line of an offset."""
    lines = text[:offset].rstrip(" \t").split("\n")
    if lines and not lines[-1].strip():
        lines.pop()
    doc = []
    while lines and lines[-1].strip().startswith("///"):
        doc.insert(0, lines.pop().strip()[3:].strip())
    # Swift's nil is a field that is left out.
    told = " ".join(doc).split(" - Parameter")[0]
    return re.sub(r"\bnil\b", "left out", re.sub(r"^Nil\b", "Left out", told))


class Page:
    def __init__(self, found):
        self.found = found
        self.order = []  # types to be told, in the order in which they are met

    def resolve(self, name, scope):
        """The full name of a type that is written in a scope."""
        name = ALIASES.get(name, name)
        while True:
            full = f"{scope}.{name}" if scope else name
            if full in self.found:
                return full
            if not scope:
                raise SystemExit(f"no type {name}")
            scope = scope.rpartition(".")[0]

    def spell(self, written, scope):
        """How the page writes a type; notes those that it must tell."""
        if m := re.fullmatch(r"\[(\w+): ([^\]]+)\]", written):
            return f"map of {self.spell(m.group(2), scope)}"
        if m := re.fullmatch(r"\[([^\]]+)\]", written):
            return f"list of {self.spell(m.group(1), scope)}"
        if written in PLAIN or written in VALUES:
            return PLAIN.get(written) or VALUES[written]
        full = self.resolve(written, scope)
        if self.found[full].cases:
            return "one of " + ", ".join(f'"{raw}"' for _, raw in self.found[full].cases)
        if full not in self.order:
            self.order.append(full)
        return f"[{short(full)}](#{short(full).lower()})"

    def rows(self, full):
        type_ = self.found[full]
        if full in BY_HAND:
            return BY_HAND[full]
        rows = []
        for name, written, doc in type_.fields:
            if type_.keys is not None and name not in type_.keys:
                continue
            isOptional = written.endswith("?")
            rows.append(((type_.keys or {}).get(name, name), self.spell(written.rstrip("?"), full), not isOptional, doc))
        return rows

    def table(self, full, more=()):
        lines = ["| field | type | there | meaning |", "|---|---|---|---|"]
        for name, spelt, isAlways, doc in list(more) + self.rows(full):
            if not doc:
                raise SystemExit(f"{full}.{name} is told in {PAGE.name}, and nothing says what it is: write it above the property")
            lines.append(f"| `{name}` | {spelt} | {'always' if isAlways else ''} | {doc.replace('|', chr(92) + '|')} |")
        return "\n".join(lines) + "\n"

    def text(self):
        parts = [INTRO, "## Every document\n\n", self.table("DocumentEnding"), "\n"]
        for verb, (name, listed) in VERBS.items():
            more = [(listed[0], f"list of {self.spell(listed[1], '')}", verb not in ("backup", "restore"), LISTS[listed[0]])] if listed else []
            parts += [f"## `{verb}`\n\n", self.table(name, more), "\n"]
        parts += ["## Messages\n\n", self.table("LogLine"), "\n", "## The types of fields\n\n"]
        told = 0
        while told < len(self.order):
            full = self.order[told]
            told += 1
            doc = self.found[full].doc
            parts += [f"### {short(full)}\n\n", doc + "\n\n" if doc else "", self.table(full), "\n"]
        return "".join(parts).rstrip() + "\n"


LISTS = {
    "entries": "Paths, in their order.",
    "changes": "Of `diff`: what differs, in the order of the paths. Of a dry run: what would be saved, written or removed, as it is met.",
    "changed": "What differs between the last good and the first bad one.",
}


def short(full):
    """Names of pages are plain: `Dataset of SnapshotRecord` is told as it is in the code, without the dot."""
    return {"DocumentError": "Error"}.get(full, full.replace(".", ""))


def main():
    text = Page(types()).text()
    if "--check" in sys.argv:
        if PAGE.read_text(encoding="utf-8") != text:
            raise SystemExit("policies/JSON.md is not what the types say: run python3 Tests/Tidy/json_reference.py, and tell CHANGELOG.md what changed")
        return
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
