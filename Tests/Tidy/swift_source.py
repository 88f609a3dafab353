"""Reads Swift as text: what is code and what is comment or string, which types a file declares, which functions it holds."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

CODE, COMMENT, STRING = "code", "comment", "string"
BLANK = re.compile(r"[^\n]")
TOKEN = re.compile(r'//|/\*|(#*)("""|")|[()]')
EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    lines: int  # of its body, with the braces; 0 without a body
    parameters: tuple  # each as its text: "label name: Type"

    @property
    def unlabelled(self):
        """The longest row of parameters without a label."""
        longest = row = 0
        for parameter in self.parameters:
            row = row + 1 if parameter.startswith("_ ") else 0
            longest = max(longest, row)
        return longest


class Source:
    def __init__(self, path):
        self.path = str(path)
        self.text = Path(path).read_text(encoding="utf-8")
        self.lines = self.text.count("\n") + (not self.text.endswith("\n"))

    @cached_property
    def segments(self):
        return list(segments(self.text))

    def only(self, kind):
        """The text with everything of another kind as spaces, so that lines and columns stay."""
        return "".join(self.text[a:b] if k == kind else BLANK.sub(" ", self.text[a:b]) for a, b, k in self.segments)

    @cached_property
    def code(self):
        return self.only(CODE)

    @cached_property
    def comments(self):
        return self.only(COMMENT)

    @cached_property
    def strings(self):
        return self.only(STRING)

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def imports(self):
        return {m.group(1) for m in re.finditer(r"^(?:@testable )?(?:public |internal |package )?import (?:\w+ )?(\w+)", self.code, re.M)}

    @cached_property
    def declared(self):
        """The names at the outermost level: types, functions, constants."""
        found = set()
        for m in re.finditer(r"^(?:@\w+(?:\([^)]*\))? )*((?:\w+(?:\(set\))? )*)(?:struct|class|enum|actor|protocol|typealias|func|let|var) (`?\w+`?)", self.code, re.M):
            if "private" not in m.group(1).split():
                found.add(m.group(2).strip("`"))
        return found

    @cached_property
    def words(self):
        return set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", self.code))

    @cached_property
    def functions(self):
        found = []
        for m in re.finditer(r"\b(?:func\s+([^\s(<]+)|(init)[?!]?|(subscript))\s*(?=[(<])", self.code):
            before = self.code[max(0, m.start() - 1)]
            if before == "." or (m.group(2) and before not in " \n"):
                continue
            # A call of `init` has no declaration's place: only what follows a line's start and modifiers is one.
            head = self.code[self.code.rfind("\n", 0, m.start()) + 1 : m.start()]
            if m.group(2) and not re.fullmatch(r"\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:\w+\s+)*", head):
                continue
            opening = self.code.find("(", m.end())
            if self.code[m.end()] == "<":
                opening = self.code.find("(", matching(self.code, m.end(), "<", ">"))
            closing = matching(self.code, opening, "(", ")")
            body = re.compile(r"[^\n{}]*(?:\n\s*(?:where|->|throws|async|rethrows)[^\n{}]*|\n\s*\)[^\n{}]*)*\{").match(self.code, closing)
            lines = 0
            if body:
                end = matching(self.code, body.end() - 1, "{", "}")
                lines = self.code.count("\n", m.start(), end) + 1
            parameters = tuple(p.strip() for p in split(self.code[opening + 1 : closing - 1]) if p.strip())
            found.append(Function((m.group(1) or m.group(2) or m.group(3)), self.line_of(m.start()), lines, parameters))
        return found


def matching(text, start, opening, closing):
    """The offset behind the bracket that closes the one at `start`."""
    depth = 0
    for offset in range(start, len(text)):
        character = text[offset]
        if character == opening:
            depth += 1
        elif character == closing and text[offset - 1 : offset + 1] != "->":
            depth -= 1
            if depth == 0:
                return offset + 1
    return len(text)


def split(text):
    """At the commas that stand in no bracket."""
    depth, part = 0, ""
    for offset, character in enumerate(text):
        if character in "([{<":
            depth += 1
        elif character in ")]}" or (character == ">" and text[offset - 1] != "-"):
            depth -= 1
        if character == "," and depth == 0:
            yield part
            part = ""
        else:
            part += character
    yield part


def segments(text):
    """Where code, comments and strings begin and end, one behind the other; what is interpolated is code."""
    begun = position = 0
    kind = CODE
    stack = []  # of what surrounds: (closing text, escape text) of a string, or the depth of brackets of an interpolation

    def turn(to, at):
        nonlocal begun, kind
        if to != kind and at > begun:
            yield begun, at, kind
            begun = at
        kind = to

    while position < len(text):
        if stack and isinstance(stack[-1], tuple):
            closing, escape = stack[-1]
            ends = [text.find(closing, position), text.find(escape, position)]
            stop = min((end for end in ends if end >= 0), default=len(text))
            if stop == len(text):
                position = stop
            elif text.startswith(escape + "(", stop):
                position = stop + len(escape) + 1
                stack.append(1)
                yield from turn(CODE, position)
            elif text.startswith(escape, stop) and not text.startswith(closing, stop):
                position = stop + len(escape) + 1
            else:
                position = stop + len(closing)
                stack.pop()
                yield from turn(CODE, position)
            continue
        found = TOKEN.search(text, position)
        if not found:
            break
        position = found.end()
        if found.group() in "()":
            if stack:
                stack[-1] += 1 if found.group() == "(" else -1
                if stack[-1] == 0:
                    stack.pop()
                    yield from turn(STRING, found.start())
        elif found.group() == "//":
            stop = text.find("\n", position)
            position = len(text) if stop < 0 else stop
            yield from turn(COMMENT, found.start())
            yield from turn(CODE, position)
        elif found.group() == "/*":
            depth = 1
            while depth and (edge := EDGE.search(text, position)):
                depth += 1 if edge.group() == "/*" else -1
                position = edge.end()
            yield from turn(COMMENT, found.start())
            yield from turn(CODE, position)
        else:
            stack.append((found.group(2) + found.group(1), "\\" + found.group(1)))
            yield from turn(STRING, found.start())
    yield begun, len(text), kind
