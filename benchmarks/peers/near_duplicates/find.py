"""Let one peer find the near duplicates of a Parquet file: `python find.py NAME DOCUMENTS FOLDER`.

Reads the column `body` (and `language` for datatrove's tokenizer), writes `FOLDER/NAME.parquet` with `document` (row number) and
`cluster` of every document the peer put in a cluster, and prints the CPU seconds that took, and those until it had
candidates where it stops there (null where it does not), imports and reading of this file aside. Each peer runs as its own documentation shows, on one core.
"""

import json
import os
import pickle
import struct
import subprocess
import sys
import time
from pathlib import Path

os.environ.update({"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "HF_HUB_OFFLINE": "1"})

import polars as pl

THRESHOLD = 0.7


def cpu():
    """CPU seconds of this process and those it has started and seen end: fair on a busy machine."""
    return time.process_time() + sum(os.times()[2:4])


def components(pairs):
    """Clusters of pairs, as every peer makes them: whatever a chain of pairs joins."""
    parents = {}

    def root(x):
        while parents.setdefault(x, x) != x:
            parents[x] = parents[parents[x]]
            x = parents[x]
        return x

    for a, b in pairs:
        parents[root(a)] = root(b)
    return {x: root(x) for x in parents}


def rensa(documents, _folder, words_only=False):
    """RMinHash of words or of 4-word shingles, RMinHashLSH, candidates verified by their signatures."""
    from rensa import RMinHash, RMinHashLSH

    bodies = documents["body"].to_list()
    started = cpu()
    lsh = RMinHashLSH(threshold=THRESHOLD, num_perm=128, num_bands=32)
    signatures = []
    for number, body in enumerate(bodies):
        words = body.split()
        if not words_only:
            words = [" ".join(words[i : i + 4]) for i in range(len(words) - 3)] or words
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(words)
        signatures.append(signature)
        lsh.insert(number, signature)
    met = [(number, other) for number in range(len(signatures)) for other in lsh.query(signatures[number])]
    candidates = cpu() - started
    pairs = [
        (number, other)
        for number, other in met
        if other < number and signatures[number].jaccard(signatures[other]) >= THRESHOLD
    ]
    return components(pairs), cpu() - started, candidates


def rensa_words(documents, folder):
    """The same over single words, as rensa's own page cuts texts."""
    return rensa(documents, folder, words_only=True)


def rensa_page(documents, _folder):
    """`RMinHashDeduplicator` over single words, all of what rensa's page shows under "Keep unique documents".

    It says which documents are to be kept; which kept one each of the others is a copy of is asked after the clock has
    stopped.
    """
    from rensa import RMinHash, RMinHashDeduplicator

    bodies = documents["body"].to_list()
    started = cpu()
    dedup = RMinHashDeduplicator(threshold=THRESHOLD, num_perm=128, use_lsh=True)
    keep = dedup.add_pairs((str(number), body.split()) for number, body in enumerate(bodies))
    seconds = cpu() - started
    pairs = []
    for number in (number for number, kept in enumerate(keep) if not kept):
        signature = RMinHash(num_perm=128, seed=42)
        signature.update(bodies[number].split())
        pairs += [(number, int(other)) for other in dedup.get_duplicates(signature)]
    return components(pairs), seconds, None


def datatrove(documents, folder):
    """The four MinHash stages with their defaults, one task each, each language with its own tokenizer."""
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupBuckets
    from datatrove.pipeline.readers import ParquetReader
    from datatrove.pipeline.writers import ParquetWriter

    language = documents["language"].mode().sort()[0]
    source = folder / "datatrove" / "in"
    source.mkdir(parents=True)
    documents.with_row_index("id").select(pl.col("id").cast(pl.String), text="body").write_parquet(
        source / "documents.parquet"
    )
    work = folder / "datatrove"
    config = MinhashConfig()
    reader = ParquetReader(str(source))
    started = cpu()
    stages = [
        ([reader, MinhashDedupSignature(str(work / "signatures"), config=config, language=language)], 1),
        ([MinhashDedupBuckets(str(work / "signatures"), str(work / "buckets"), config=config)], config.num_buckets),
        ([MinhashDedupCluster(str(work / "buckets"), str(work / "clusters"), config=config, save_cluster_id=True)], 1),
        ([reader, MinhashDedupFilter(str(work / "clusters")), ParquetWriter(str(work / "out"))], 1),
    ]
    for number, (pipeline, tasks) in enumerate(stages):
        LocalPipelineExecutor(pipeline, tasks=tasks, workers=1, logging_dir=str(work / f"log{number}")).run()
    seconds = cpu() - started
    found = {}
    for path in (work / "clusters").glob("*.clusters"):
        found.update(struct.iter_unpack("<2I", path.read_bytes()))
    return found, seconds, None


def text_dedup(documents, folder):
    """`python -m text_dedup.minhash` with the threshold asked for and its other defaults."""
    source = folder / "text_dedup.parquet"
    documents.select("body").write_parquet(source)
    output = folder / "text_dedup"
    command = [
        sys.executable, "-m", "text_dedup.minhash", "--path", "parquet", "--data_files", str(source),
        "--split", "train", "--column", "body", "--batch_size", "10000", "--num_proc", "1",
        "--cache_dir", str(folder / "cache"), "--output", str(output), "--debug", "--threshold", str(THRESHOLD),
    ]  # fmt: skip
    started = cpu()
    subprocess.run(command, check=True, capture_output=True)
    seconds = cpu() - started
    found = pickle.loads((output / "uf.pkl").read_bytes())
    return components(found.parent.items() if hasattr(found, "parent") else found.items()), seconds, None


def main():
    """Run the peer that is named."""
    name, source, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    documents = pl.read_parquet(source)
    found, seconds, candidates = {
        "rensa": rensa,
        "rensa_words": rensa_words,
        "rensa_page": rensa_page,
        "datatrove": datatrove,
        "text_dedup": text_dedup,
    }[name](documents, folder)
    rows = {"document": list(found), "cluster": list(found.values())}
    pl.DataFrame(rows, schema={"document": pl.Int64, "cluster": pl.Int64}).write_parquet(folder / f"{name}.parquet")
    print(json.dumps({"seconds": seconds, "candidates": candidates}))


if __name__ == "__main__":
    main()
