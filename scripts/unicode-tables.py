"""Writes the Unicode tables of Sources/Tokenization/Unicode.

The splitters, the normaliser and the words of added tokens must agree with the library that other programs tokenise
with, which is at Unicode 16.0, but for its normaliser: that one knows only the marks and compositions of Unicode 9.0, and
is asked itself:

    pip install unicodedata2==16.0.0 regex tokenizers
    python scripts/unicode-tables.py Sources/Tokenization/Unicode
"""

import pathlib
import sys

import regex
import unicodedata2 as unicode
from tokenizers import normalizers

NFC = normalizers.NFC()
SCALARS = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
# The order of CharacterClass in Swift.
CLASSES = ["Lu", "Ll", "Lt", "Lm", "Lo", "M", "N", "P", "S"]
WHITE_SPACE = regex.compile(r"\p{White_Space}")
ALPHABETIC = regex.compile(r"[\p{Alphabetic}\p{Join_Control}]")


def character_class(code):
    """1... for CLASSES, then white space; 0 for everything else."""
    category = unicode.category(chr(code))
    for number, name in enumerate(CLASSES, 1):
        if category.startswith(name):
            return number
    return len(CLASSES) + 1 if WHITE_SPACE.match(chr(code)) else 0


def is_word(code):
    """As the word characters of Rust's regex crate; unassigned ones are in no word."""
    category = unicode.category(chr(code))
    if category == "Cn":
        return False
    return category[0] == "M" or category in ("Nd", "Pc") or bool(ALPHABETIC.match(chr(code)))


def combining(code):
    """The canonical combining class, 0 for marks that the normaliser does not move."""
    order = unicode.combining(chr(code))
    if order == 0:
        return 0
    # U+0316 has class 220, U+0315 has 232.
    text = f"\u4e00{chr(code)}\u0316" if order > 220 else f"\u4e00\u0315{chr(code)}"
    moves = unicode.normalize("NFC", text) != text
    return order if not moves or NFC.normalize_str(text) == unicode.normalize("NFC", text) else 0


def decomposition(code):
    """The canonical decomposition of one step, without that of Hangul syllables, which is arithmetic."""
    text = unicode.decomposition(chr(code))
    if not text or text.startswith("<"):
        return []
    return [int(part, 16) for part in text.split()]


def runs(value):
    """Where the value of a code changes: (first code, value)."""
    result, last = [], 0
    for code in range(0x110000):
        now = 0 if 0xD800 <= code <= 0xDFFF else value(code)
        if now != last:
            result.append((code, now))
            last = now
    return result


def array(name, comment, numbers):
    """A text: the compiler takes half a minute for arrays of so many numbers."""
    lines = [f"  /// {comment}", f"  static let {name} = TableText.numbers(", '    """']
    line = "   "
    for number in numbers:
        digits = f"{number:X}"
        if len(line) + 1 + len(digits) > 118:
            lines.append(line)
            line = "   "
        line += " " + digits
    return lines + [line, '    """)']


def write(path, type_name, comment, arrays):
    lines = [
        f"// Made by scripts/unicode-tables.py from Unicode {unicode.unidata_version}; do not edit.",
        "",
        f"/// {comment}",
        f"enum {type_name} {{",
    ]
    for number, lines_of_array in enumerate(arrays):
        lines += ([""] if number else []) + lines_of_array
    path.write_text("\n".join(lines + ["}", ""]))


def main():
    folder = pathlib.Path(sys.argv[1])
    classes = [code << 8 | number for code, number in runs(character_class)]
    words = [code << 8 | number for code, number in runs(lambda code: int(is_word(code)))]
    write(
        folder / "CharacterClassTable.swift",
        "CharacterClassTable",
        "The classes of all characters, as runs.",
        [
            array("runs", "The first code of a run shifted left by 8, and the raw value of its `CharacterClass`.", classes),
            array("wordRuns", "As `runs`: 1 for the characters of words.", words),
        ],
    )
    combining_runs = [code << 8 | number for code, number in runs(combining)]
    # A character that composition may change: it combines, or it is not its own composed form, or it is the second
    # of a pair that composes.
    decompositions, pairs, seconds = [], [], set()
    for code in SCALARS:
        parts = decomposition(code)
        if not parts or NFC.normalize_str("".join(map(chr, parts))) != unicode.normalize("NFC", chr(code)):
            continue
        decompositions += [code, parts[0], parts[1] if len(parts) > 1 else 0]
        if len(parts) == 2 and unicode.normalize("NFC", chr(code)) == chr(code):
            pairs += [parts[0], parts[1], code]
            seconds.add(parts[1])
    jamo = set(range(0x1161, 0x1176)) | set(range(0x11A8, 0x11C3))
    unstable = [
        code << 8 | number
        for code, number in runs(
            lambda code: int(
                combining(code) != 0
                or unicode.normalize("NFC", chr(code)) != chr(code)
                or code in seconds
                or code in jamo
            )
        )
    ]
    write(
        folder / "CompositionTable.swift",
        "CompositionTable",
        "What canonical composition (NFC) needs to know.",
        [
            array("combiningRuns", "The first code of a run shifted left by 8, and its canonical combining class.", combining_runs),
            array("unstableRuns", "As `combiningRuns`: 1 for characters that composition may change.", unstable),
            array("decompositions", "Code, first part, second part or 0.", decompositions),
            array("compositions", "First part, second part, composed code.", pairs),
        ],
    )


main()
