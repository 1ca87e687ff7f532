"""BLEU and SPICE's matcher beside ``pycocoevalcap`` 1.2, values and time, in one run:
``python tests/benchmarks/caption_scores.py --data vsd_v1_val.json --toolkit FOLDER [--captions 5000] [--json]``.

FOLDER is where the package ``pycocoevalcap==1.2`` is installed or unpacked (the folder that holds ``pycocoevalcap``);
its tokenizer and SPICE's program need Java. Bar: the same values, faster.

- Words: each caption of the file by our rules and by the toolkit's tokenizer.
- BLEU: each caption of an image in turn against the image's other captions, with each side's own words.
- SPICE: its parser needs models that the package does not hold, so the values of whole SPICE are *not* compared. Its
  matcher is: SPICE 1.0's own ``SceneGraph``, ``TupleSet`` and ``Evaluation`` get the tuples that we read, and ours gets
  the synsets that its dictionary gives.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sd3studio.ml.metrics.bleu import corpus_bleu
from sd3studio.ml.metrics.ptb import words
from sd3studio.ml.metrics.sentences import read_vsd
from sd3studio.ml.metrics.spice import Tuple, f_score
from sd3studio.ml.metrics.tuples import tuples_of

T = TypeVar("T")

MATCHER = r"""
import edu.anu.spice.*; import edu.cmu.meteor.aligner.SynonymDictionary; import edu.cmu.meteor.util.Constants;
import java.net.URL; import java.nio.file.*; import java.util.*;
public class SpiceMatcher {
  static SceneGraph graph(String line, SynonymDictionary synonyms) {
    SceneGraph graph = new SceneGraph(synonyms);
    for (String tuple : line.split("\t")) if (!tuple.isEmpty())
      graph.addTuple(order(new ArrayList<>(Arrays.asList(tuple.split("\\|")))));
    return graph;
  }
  static ArrayList<String> order(ArrayList<String> t) {
    return t.size() < 3 ? t : new ArrayList<>(List.of(t.get(0), t.get(2), t.get(1)));
  }
  public static void main(String[] args) throws Exception {
    String folder = Constants.DEFAULT_SYN_DIR_URL.toString();
    SynonymDictionary synonyms = new SynonymDictionary(new URL(folder + "/english.exceptions"),
      new URL(folder + "/english.synsets"), new URL(folder + "/english.relations"));
    StringBuilder out = new StringBuilder();
    for (String word : Files.readAllLines(Path.of(args[0]))) {
      String key = word.trim().toLowerCase().replace(" ", "_");
      Set<Integer> found = new TreeSet<>(synonyms.getSynSets(key));
      found.addAll(synonyms.getStemSynSets(key));
      out.append(found.toString().replaceAll("[\\[\\],]", "")).append("\n");
    }
    Files.writeString(Path.of(args[2]), out.toString());
    List<String> lines = Files.readAllLines(Path.of(args[1]));
    long start = System.nanoTime();
    StringBuilder scores = new StringBuilder();
    for (int i = 0; i + 1 < lines.size(); i += 2) {
      TupleSet said = new TupleSet(graph(lines.get(i), synonyms));
      TupleSet wanted = new TupleSet(graph(lines.get(i + 1), synonyms));
      scores.append(new Evaluation(said, wanted, false, true).f).append("\n");
    }
    System.out.println((System.nanoTime() - start) / 1e9);
    System.out.print(scores);
  }
}
"""


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What a piece of work gives, and its wall seconds."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def pairs_of(path: Path, count: int) -> tuple[list[str], list[list[str]]]:
    """Captions, and for each the other captions of its image."""
    items = [item.captions for item in read_vsd(path) if len(item.captions) > 1]
    turns = [(captions[i], [*captions[:i], *captions[i + 1 :]]) for captions in items for i in range(len(captions))]
    return [caption for caption, _ in turns[:count]], [others for _, others in turns[:count]]


def toolkit_bleu(captions: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[list[float], float, float]:
    """BLEU-1..4 by the toolkit, seconds of its tokenizer, seconds of its scorer."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    said = {i: [{"caption": caption}] for i, caption in enumerate(captions)}
    wanted = {i: [{"caption": other} for other in others] for i, others in enumerate(references)}
    (tokens, others), cutting = timed(lambda: (PTBTokenizer().tokenize(said), PTBTokenizer().tokenize(wanted)))
    (scores, _), scoring = timed(lambda: Bleu(4).compute_score(others, tokens, verbose=0))
    return scores, cutting, scoring


def differing_words(captions: Sequence[str]) -> int:
    """Captions that our rules and the toolkit's tokenizer cut differently."""
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    cut = PTBTokenizer().tokenize({i: [{"caption": caption}] for i, caption in enumerate(captions)})
    return sum(cut[i][0].split() != words(caption) for i, caption in enumerate(captions))


def java_matcher(toolkit: Path, pairs: Sequence[tuple[list[Tuple], list[Tuple]]]) -> tuple[Any, float, dict[str, Any]]:
    """F1 of each pair by SPICE's program, its seconds without the start, and the synsets that it knows."""
    names = sorted({word.removeprefix("be ") for pair in pairs for side in pair for tuple in side for word in tuple})
    jars = [*toolkit.glob("pycocoevalcap/spice/*.jar"), *toolkit.glob("pycocoevalcap/spice/lib/*.jar")]
    jars += toolkit.glob("pycocoevalcap/tokenizer/*.jar")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = ":".join(map(str, [*jars, folder]))
        (folder / "SpiceMatcher.java").write_text(MATCHER)
        (folder / "words").write_text("\n".join(names))
        lines = ["\t".join("|".join(tuple) for tuple in side) for pair in pairs for side in pair]
        (folder / "pairs").write_text("\n".join(lines) + "\n")
        subprocess.run(
            ["javac", "-nowarn", "-cp", path, folder / "SpiceMatcher.java"], check=True, stderr=subprocess.DEVNULL
        )
        command = ["java", "-cp", path, "SpiceMatcher", *(str(folder / part) for part in ("words", "pairs", "synsets"))]
        out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        known = [frozenset(map(int, line.split())) for line in (folder / "synsets").read_text().splitlines()]
    return np.array(out[1:], float), float(out[0]), dict(zip(names, known, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a VSD file")
    parser.add_argument("--toolkit", type=Path, required=True, help="folder that holds pycocoevalcap 1.2")
    parser.add_argument("--captions", type=int, default=5000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sys.path.insert(0, str(options.toolkit))
    captions, references = pairs_of(options.data, options.captions)
    report: dict[str, Any] = {"captions": len(captions), "references": sum(map(len, references))}
    everything = [caption for item in read_vsd(options.data) for caption in item.captions]
    report["captions_cut_differently"] = f"{differing_words(everything)} of {len(everything)}"
    words.__globals__["_tokens"].cache_clear()
    ours, seconds = timed(lambda: corpus_bleu(captions, references))
    theirs, cutting, scoring = toolkit_bleu(captions, references)
    report |= {"bleu": ours, "bleu_toolkit": theirs, "bleu_difference": float(np.abs(np.subtract(ours, theirs)).max())}
    report |= {"bleu_seconds": seconds, "toolkit_tokenizer_seconds": cutting, "toolkit_bleu_seconds": scoring}
    read, parsing = timed(lambda: tuples_of([*captions, *(other for others in references for other in others)]))
    pairs = [
        (list(read[caption]), [found for other in others for found in read[other]])
        for caption, others in zip(captions, references, strict=True)
    ]
    scores, java_seconds, synsets = java_matcher(options.toolkit, pairs)
    matched, matching = timed(lambda: np.array([f_score(a, b, synsets.__getitem__) for a, b in pairs]))
    report |= {"spice_matcher": float(matched.mean()), "spice_matcher_java": float(scores.mean())}
    report |= {"spice_items_that_differ": int((np.abs(matched - scores) > 1e-9).sum())}
    report |= {"spice_parse_seconds": parsing, "spice_match_seconds": matching, "spice_java_seconds": java_seconds}
    if options.json:
        print(json.dumps(report, indent=2))
        return
    for key, value in report.items():
        print(f"{key:28} {value}")


if __name__ == "__main__":
    main()
