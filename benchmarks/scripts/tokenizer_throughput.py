"""The text and the tokenizers of the race, and the time of the Rust library tokenizers on one thread.

  tokenizer_throughput.py prepare OUT --smollm GGUF --gemma GGUF --vocabularies FOLDER
      OUT/text.txt (5 MB of English prose, code, and Chinese and Japanese) and a folder with tokenizer.json for each
  tokenizer_throughput.py time FOLDER TEXT PASSES
      a line: tokens, a checksum of them, megabytes a second
"""

import os

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"

import argparse
import json
import pathlib
import random
import struct
import sys
import sysconfig
import time
import zlib

DOCUMENT = 4096
WARM_UP = 2
CJK = (
    "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从"
    "日本語の文章を作るときは漢字とひらがなとカタカナをまぜて書きますコンピュータープログラムデータモデル"
)


def text():
    """The same at every run of one Python: its own documentation and library, and seeded sentences."""
    import pydoc_data.topics

    rng = random.Random(5)
    prose = "\n\n".join(pydoc_data.topics.topics[k] for k in sorted(pydoc_data.topics.topics))
    library = pathlib.Path(sysconfig.get_paths()["stdlib"])
    code = "".join(p.read_text(encoding="utf-8", errors="replace") for p in sorted(library.glob("*.py")))
    cjk = []
    size = 0
    while size < 1_200_000:
        sentence = "".join(rng.choice(CJK) for _ in range(rng.randint(5, 30))) + rng.choice("。，！？\n")
        size += 3 * len(sentence)
        cjk.append(sentence)
    whole = (prose * 4)[:2_000_000] + code[:1_800_000] + "".join(cjk)
    parts = [whole[i : i + DOCUMENT] for i in range(0, len(whole), DOCUMENT)]
    rng.shuffle(parts)
    return "".join(parts)


def prepare(args):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "oracle"))
    import tokenizer_parity as parity

    out = pathlib.Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "text.txt").write_bytes(text().encode("utf-8"))
    models = pathlib.Path(args.vocabularies)
    documents = {
        "smollm": parity.document_of(parity.read_metadata(args.smollm), "smollm"),
        "llama-bpe": parity.document_of(parity.read_metadata(models / "ggml-vocab-llama-bpe.gguf"), "llama-bpe"),
        "qwen2": parity.document_of(parity.read_metadata(models / "ggml-vocab-qwen2.gguf"), "qwen2"),
        "deepseek-llm": parity.document_of(parity.read_metadata(models / "ggml-vocab-deepseek-llm.gguf"), "deepseek-llm"),
        "gemma": parity.spaced_document_of(parity.read_metadata(args.gemma), "gemma"),
    }
    for name, document in documents.items():
        (out / name).mkdir(exist_ok=True)
        (out / name / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def measure(args):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(pathlib.Path(args.folder) / "tokenizer.json"))
    raw = pathlib.Path(args.text).read_bytes()
    whole = raw.decode("utf-8")
    documents = [whole[i : i + DOCUMENT] for i in range(0, len(whole), DOCUMENT)]
    seconds = []
    for _ in range(WARM_UP + args.passes):
        start = time.perf_counter()
        encoded = [tokenizer.encode(d, add_special_tokens=False) for d in documents]
        seconds.append(time.perf_counter() - start)
    checksum = 0
    tokens = 0
    for encoding in encoded:
        ids = encoding.ids
        tokens += len(ids)
        checksum = zlib.crc32(struct.pack(f"<{len(ids)}i", *ids), checksum)
    median = sorted(seconds[WARM_UP:])[args.passes // 2]
    print(f"{tokens} {checksum} {len(raw) / 1e6 / median:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("prepare")
    command.set_defaults(run=prepare)
    command.add_argument("out")
    command.add_argument("--smollm", required=True)
    command.add_argument("--gemma", required=True)
    command.add_argument("--vocabularies", required=True)
    command = commands.add_parser("time")
    command.set_defaults(run=measure)
    command.add_argument("folder")
    command.add_argument("text")
    command.add_argument("passes", type=int)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
