#!/usr/bin/env python3
"""Finds folders of a target that need each other.

    python3 scripts/folder_pairs.py [TARGET ...]

Two folders directly in Sources/TARGET are a pair when files of each use what files of the other declare: then neither can be
understood, or moved, without the other. Prints every pair with the names and places, and ends with status 1 if there is
one that is not known. Without names, all targets are looked at.

Files that lie directly in a target are its spine, which may use the folders and be used by them: those pairs are
printed for information. Declared is what stands at the top of a file (struct, class, enum, protocol, actor, typealias,
func) and is not private; comments and texts are skipped, but for what is interpolated into them."""
import collections
import pathlib
import re
import sys

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "Sources"
SPINE = "."
# Pairs that there still are; they are printed, and no others may come.
DECLARATION = re.compile(r"\b(struct|class|enum|protocol|actor|typealias|func)\s+(`?)([A-Za-z_]\w*)\2")
NESTED = re.compile(r"\b(?:struct|class|enum|protocol|actor|typealias|associatedtype|func|let|var)\s+([A-Za-z_]\w*)")
CASES = re.compile(r"\bcase\s+([a-z_][^\n:{]*)")
GENERIC = re.compile(r"(?:func\s+\S+?|struct\s+\w+|class\s+\w+|enum\s+\w+|init\??)<([^>(]*)>")
IDENTIFIER = re.compile(r"(?<![\w.@#])([A-Za-z_]\w*)")


def code_of(text):
    """The text with comments and string literals blanked out; what is interpolated into a literal stays."""
    result, position = [], 0

    def blank(start, end):
        result.append("".join(c if c == "\n" else " " for c in text[start:end]))

    def skip_comment(start):
        if text.startswith("//", start):
            end = text.find("\n", start)
            return len(text) if end < 0 else end
        depth, end = 0, start
        while end < len(text):
            if text.startswith("/*", end):
                depth, end = depth + 1, end + 2
            elif text.startswith("*/", end):
                depth, end = depth - 1, end + 2
                if depth == 0:
                    break
            else:
                end += 1
        return end

    def read_literal(start):
        hashes = re.match(r"#*", text[start:]).group()
        quote = '"""' if text.startswith('"""', start + len(hashes)) else '"'
        blank(start, start + len(hashes) + len(quote))
        position, escape = start + len(hashes) + len(quote), "\\" + hashes
        while position < len(text):
            if text.startswith(quote + hashes, position):
                blank(position, position + len(quote + hashes))
                return position + len(quote + hashes)
            if text.startswith(escape + "(", position):
                blank(position, position + len(escape) + 1)
                position = read_code(position + len(escape) + 1, inside=True)
            elif text.startswith(escape, position):
                blank(position, position + len(escape) + 1)
                position += len(escape) + 1
            else:
                blank(position, position + 1)
                position += 1
        return position

    def read_code(position, inside=False):
        parentheses = 0
        while position < len(text):
            character = text[position]
            if text.startswith(("//", "/*"), position):
                end = skip_comment(position)
                blank(position, end)
                position = end
                continue
            if character == '"' or re.match(r'#+"', text[position:position + 8]):
                position = read_literal(position)
                continue
            if inside and character == ")" and parentheses == 0:
                result.append(" ")
                return position + 1
            parentheses += (character == "(") - (character == ")")
            result.append(character)
            position += 1
        return position

    read_code(0)
    return "".join(result)


class SourceFile:
    def __init__(self, path, target):
        self.path = path.relative_to(SOURCES / target)
        self.folder = self.path.parts[0] if len(self.path.parts) > 1 else SPINE
        self.code = code_of(path.read_text())
        self.declared, self.own = set(), set()
        depth, last = 0, 0
        for match in DECLARATION.finditer(self.code):
            depth += self.code.count("{", last, match.start()) - self.code.count("}", last, match.start())
            last = match.start()
            line = self.code[self.code.rfind("\n", 0, match.start()) + 1:match.start()]
            if depth == 0 and not re.search(r"\b(private|fileprivate)\b", line):
                self.declared.add(match.group(3))
        # A name that the file itself gives to something is not another folder's.
        self.own.update(NESTED.findall(self.code))
        for names in CASES.findall(self.code) + GENERIC.findall(self.code):
            self.own.update(re.findall(r"(?:^|,)\s*(\w+)", names))

    def uses(self, names):
        """The places where names are used: (name, line)."""
        for number, line in enumerate(self.code.split("\n"), 1):
            for match in IDENTIFIER.finditer(line):
                name = match.group(1)
                is_label = re.match(r"\s*:(?!:)", line[match.end():]) and name[0].islower()
                if name in names and name not in self.own and not is_label:
                    yield name, number


def pairs(target):
    """For every two folders that use each other: what each uses of the other, and where."""
    files = [SourceFile(path, target) for path in sorted((SOURCES / target).rglob("*.swift"))]
    homes = collections.defaultdict(set)
    for file in files:
        for name in file.declared:
            homes[name].add(file.folder)
    # Functions may be overloaded in several folders: then it is not known which is meant.
    home = {name: next(iter(folders)) for name, folders in homes.items() if len(folders) == 1}
    edges = collections.defaultdict(lambda: collections.defaultdict(list))
    for file in files:
        for name, line in file.uses(home):
            if home[name] != file.folder:
                edges[file.folder, home[name]][name].append(f"{file.path}:{line}")
    for (user, used) in sorted(edges):
        if user < used and (used, user) in edges:
            yield [(user, used, edges[user, used]), (used, user, edges[used, user])]


def describe(target, pair):
    lines = [f"{target}: {pair[0][0]} and {pair[0][1]} need each other"]
    for user, used, names in pair:
        lines.append(f"  {user} uses of {used}:")
        for name, places in sorted(names.items()):
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            lines.append(f"    {name}  ({', '.join(places[:3])}{more})")
    return "\n".join(lines)


def main(targets):
    known = sorted(path.name for path in SOURCES.iterdir() if any(path.rglob("*.swift")))
    unknown = [target for target in targets if target not in known]
    if unknown:
        sys.exit(f"no target {', '.join(unknown)}; there are {', '.join(known)}")
    found = 0
    for target in targets or known:
        for pair in pairs(target):
            if SPINE in (pair[0][0], pair[0][1]):
                folder = pair[0][1] if pair[0][0] == SPINE else pair[0][0]
                names = ", ".join(sorted(set(pair[0][2]) | set(pair[1][2])))
                print(f"{target}: {folder} and the files beside the folders need each other ({names}); allowed")
                continue
            found += 1
            print(describe(target, pair))
    print(f"{found or 'no'} pair{'' if found == 1 else 's'} of folders that need each other")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
