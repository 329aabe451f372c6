"""Makes what the Java tokenizers are compared with: strings, vocabularies, and the reference's tokens.

  tokenizer_parity.py fixtures OUT --smollm GGUF --gemma GGUF --vocabularies FOLDER
      small vocabularies, cut from real ones: the committed fixtures
  tokenizer_parity.py full OUT --smollm GGUF --gemma GGUF --vocabularies FOLDER
      the whole vocabularies, for scripts/tokenizer-parity.sh

FOLDER is llama.cpp's models folder with its ggml-vocab-*.gguf. OUT receives strings.gz and a folder per
variant: metadata.json.gz (a GGUF file's fields) or tokenizer.json.gz, expected.gz (per string three bytes of the
CRC-32 of the token ids, little-endian, without special tokens; then the same with them, xor the first),
decode.json.gz (ids and their text) and facts.json (sizes, end tokens, what the reference was).
"""

import argparse
import collections
import gzip
import json
import pathlib
import random
import struct
import tempfile
import zlib

import gguf
from gguf import GGUFReader, GGUFWriter

import tokenizer_oracle as oracle
from tokenizer_strings import strings

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
K = "tokenizer.ggml."


def write_gz(path, data):
    with open(path, "wb") as file:
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9, mtime=0, filename="") as out:
            out.write(data)


def read_metadata(path):
    fields = GGUFReader(path).fields
    return {k: f.contents() for k, f in fields.items() if k.startswith(K) or k == "general.name"}


def split_merge(merge):
    at = merge.index(" ", 1)
    return merge[:at], merge[at + 1 :]


def select(metadata, keep):
    """The metadata with only the tokens of these ids, renumbered in their order."""
    keep = sorted(keep)
    number = {old: new for new, old in enumerate(keep)}
    out = dict(metadata)
    for key in ("tokens", "scores", "token_type"):
        if K + key in metadata:
            out[K + key] = [metadata[K + key][i] for i in keep]
    for key in list(out):
        if key.endswith("_token_id"):
            if out[key] in number:
                out[key] = number[out[key]]
            else:
                del out[key]
    out.pop(K + "chat_template", None)
    return {k: v for k, v in out.items() if not k.startswith(K + "chat_template")}


def cut_bytes(metadata, merge_count):
    """The first merges, the bytes, and the special tokens."""
    tokens = metadata[K + "tokens"]
    ids = {t: i for i, t in enumerate(tokens)}
    merges = metadata[K + "merges"][:merge_count]
    keep = {i for i, t in enumerate(tokens) if len(t) == 1}
    for merge in merges:
        left, right = split_merge(merge)
        keep |= {ids[left], ids[right], ids[left + right]}
    others = [i for i, t in enumerate(metadata[K + "token_type"]) if t not in (NORMAL, UNUSED)]
    keep |= set(others[:40]) | set(others[-10:])
    keep |= {metadata[k] for k in metadata if k.endswith("_token_id")}
    out = select(metadata, keep)
    out[K + "merges"] = merges
    return out


def cut_spaced(metadata, count):
    """The best tokens by score, all bytes, some characters, and the special tokens."""
    types, scores, tokens = (metadata[K + k] for k in ("token_type", "scores", "tokens"))
    normal = [i for i, t in enumerate(types) if t == NORMAL]
    keep = set(sorted((i for i in normal if len(tokens[i]) > 1), key=lambda i: (-scores[i], i))[:count])
    keep |= set([i for i in normal if len(tokens[i]) == 1][:600])
    keep |= {i for i, t in enumerate(types) if t == BYTE}
    others = [i for i, t in enumerate(types) if t in (UNKNOWN, CONTROL, USER_DEFINED)]
    keep |= set(others[:80])
    keep |= {metadata[k] for k in metadata if k.endswith("_token_id")}
    return select(metadata, keep)


def write_gguf(path, metadata):
    """A GGUF file without tensors that llama.cpp loads for its vocabulary."""
    writer = GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(64)
    writer.add_feed_forward_length(64)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    for key, value in metadata.items():
        if key == K + "scores":
            writer.add_array(key, [float(v) for v in value])
        elif key == K + "token_type":
            writer.add_token_types(value)
        elif isinstance(value, list):
            writer.add_array(key, value)
        elif isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, str):
            writer.add_string(key, value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def document_of(metadata, pre):
    """The tokenizer.json of a byte-level GGUF vocabulary."""
    tokens, types = metadata[K + "tokens"], metadata.get(K + "token_type") or [NORMAL] * len(metadata[K + "tokens"])
    vocab = {t: i for i, t in enumerate(tokens)}
    added = [
        oracle.added_token(i, t, types[i] in (CONTROL, UNKNOWN))
        for i, t in enumerate(tokens)
        if types[i] in (CONTROL, UNKNOWN, USER_DEFINED)
    ]
    return oracle.byte_level_document(vocab, [split_merge(m) for m in metadata[K + "merges"]], added, pre)


def spaced_document_of(metadata, style):
    """The tokenizer.json of a SentencePiece GGUF vocabulary, its merges made as transformers makes them."""
    tokens, types, scores = (metadata[K + k] for k in ("tokens", "token_type", "scores"))
    vocab = {t: i for i, t in enumerate(tokens)}
    mergeable = {t: i for i, t in enumerate(tokens) if types[i] in (NORMAL, USER_DEFINED)}
    merges = []
    for token, i in mergeable.items():
        local = [(token[:k], token[k:]) for k in range(1, len(token)) if token[:k] in mergeable and token[k:] in mergeable]
        local.sort(key=lambda m: (vocab[m[0]], vocab[m[1]]))
        merges += [(scores[i], pair) for pair in local]
    merges.sort(key=lambda m: -m[0])
    added = [
        oracle.added_token(i, t, types[i] in (CONTROL, UNKNOWN))
        for i, t in enumerate(tokens)
        if types[i] in (CONTROL, UNKNOWN, USER_DEFINED)
    ]
    return oracle.spaced_document(vocab, [pair for _, pair in merges], added, style)


def digest(ids):
    return zlib.crc32(struct.pack(f"<{len(ids)}i", *ids)) & 0xFFFFFF


def expected(encode, texts):
    plain = [digest(encode(t, False)) for t in texts]
    special = [digest(encode(t, True)) for t in texts]
    return b"".join(struct.pack(">I", h)[1:] for h in plain + [a ^ b for a, b in zip(plain, special)])


def random_answers(size, exists, count, seed):
    """Random tokens, often of the first few hundred, where bytes and control tokens are."""
    rng = random.Random(seed)
    answers = []
    for _ in range(count):
        ids = [rng.randrange(min(size, 600)) if rng.random() < 0.6 else rng.randrange(size) for _ in range(rng.randint(0, 12))]
        answers.append([i for i in ids if exists(i)])
    return answers


class Writer:
    def __init__(self, out, count, answers, only):
        self.only = only
        self.out = pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.texts = strings(count)
        self.answers = answers
        raw = []
        for text in self.texts:
            units = text.encode("utf-16-be", "surrogatepass")
            raw.append(struct.pack(">i", len(units) // 2) + units)
        write_gz(self.out / "strings.gz", b"".join(raw))

    def folder(self, name):
        folder = self.out / name
        folder.mkdir(exist_ok=True)
        return folder

    def finish(self, folder, encode, decode, size, facts):
        write_gz(folder / "expected.gz", expected(encode, self.texts))
        answers = random_answers(size, lambda i: True, self.answers, 7)
        pairs = [[ids, decode(ids)] for ids in answers]
        write_gz(folder / "decode.json.gz", json.dumps(pairs, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        (folder / "facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
        print(folder.name, json.dumps(facts, ensure_ascii=False)[:300], flush=True)

    def gguf(self, name, metadata, path=None):
        """A variant whose reference is llama.cpp, corrected by the published tokenizer where it is known to differ."""
        if self.only not in name:
            return
        folder = self.folder(name)
        write_gz(folder / "metadata.json.gz", json.dumps(metadata, ensure_ascii=False).encode())
        if path is None:
            temporary = tempfile.NamedTemporaryFile(suffix=".gguf")
            path = temporary.name
            write_gguf(path, metadata)
        llama = oracle.LlamaCpp(path)
        pre = metadata.get(K + "pre") or "default"
        twin = None
        if metadata[K + "model"] == "gpt2":
            twin = oracle.HuggingFace(document_of(metadata, pre))
        types = dict(zip(metadata[K + "tokens"], metadata.get(K + "token_type") or []))
        ordinary = [t for t in ("</s>",) if types.get(t) == NORMAL]
        reasons = collections.Counter()
        unexplained = []

        def encode(text, special):
            reason = oracle.llama_cpp_differs(text, pre, ordinary) if twin else None
            if reason == "too long for std::regex":
                reasons[reason] += 1
                return twin.encode(text, special)
            ids = llama.encode(text, special)
            if twin:
                other = twin.encode(text, special)
                if ids != other and reason is None:
                    unexplained.append((text, special))
                if reason is not None:
                    if ids != other:
                        reasons[reason] += 1
                    return other
            return ids

        prefix_space = metadata.get(K + "add_space_prefix", metadata[K + "model"] == "llama")

        def decode(ids):
            text = llama.decode(ids, prefix_space)
            if twin and "[UNK_BYTE_" in text:
                reasons["decoding of a token outside of the byte alphabet"] += 1
                return twin.decode(ids)
            return text

        facts = {"reference": "llama.cpp", "size": llama.size, "end": [t for t in llama.end_tokens() if metadata[K + "tokens"][t] not in ordinary], "prefix": llama.prefix()}
        self.finish(folder, encode, decode, llama.size, facts)
        print("   taken from the published tokenizer instead:", dict(reasons))
        print("   llama.cpp and the library differ otherwise:", len(unexplained), [repr(t)[:80] for t, _ in unexplained[:5]], flush=True)

    def json(self, name, document):
        """A variant whose reference is the library tokenizers."""
        if self.only not in name:
            return
        folder = self.folder(name)
        write_gz(folder / "tokenizer.json.gz", json.dumps(document, ensure_ascii=False).encode())
        reference = oracle.HuggingFace(document)
        self.finish(folder, reference.encode, reference.decode, reference.size, {"reference": "tokenizers", "size": reference.size})


def with_pre(metadata, pre):
    return metadata | {K + "pre": pre}


def unusual_document(metadata):
    """Every other component and flag at once."""
    document = document_of(metadata, "gpt-2")
    size = len(metadata[K + "tokens"])
    extra = [
        oracle.added_token(size, "[LEFT]", False, lstrip=True),
        oracle.added_token(size + 1, "[RIGHT]", True, rstrip=True),
        oracle.added_token(size + 2, "dog", False, single_word=True),
        oracle.added_token(size + 3, "Fox", False, normalized=True),
        oracle.added_token(size + 4, "don't", True, single_word=True, lstrip=True, rstrip=True),
    ]
    document["added_tokens"] += extra
    document["normalizer"] = {"type": "Sequence", "normalizers": [
        {"type": "NFKC"}, {"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": "[0-9]{2,}"}, "content": "00"}]}
    document["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
        {"type": "Whitespace"}, {"type": "Punctuation", "behavior": "MergedWithPrevious"}, {"type": "Digits", "individual_digits": False},
        {"type": "Split", "pattern": {"String": "a"}, "behavior": "MergedWithNext", "invert": False},
        {"type": "Split", "pattern": {"Regex": "(?:ab|c)+(?=d)"}, "behavior": "Contiguous", "invert": True},
        {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}]}
    return document


def falcon_document(metadata):
    """Steps after ByteLevel, as Falcon has them, and a decoder that is a sequence."""
    document = document_of(metadata, "gpt-2")
    document["normalizer"] = {"type": "NFD"}
    document["pre_tokenizer"] = {"type": "Sequence", "pretokenizers": [
        {"type": "Punctuation", "behavior": "Contiguous"}, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        {"type": "Digits", "individual_digits": False}, {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": False}]}
    document["decoder"] = {"type": "Sequence", "decoders": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}]}
    return document


def fixtures(writer, args):
    models = pathlib.Path(args.vocabularies)
    smollm = cut_bytes(read_metadata(args.smollm), 1500)
    llama = cut_bytes(read_metadata(models / "ggml-vocab-llama-bpe.gguf"), 2000)
    qwen = cut_bytes(read_metadata(models / "ggml-vocab-qwen2.gguf"), 1500)
    deepseek = cut_bytes(read_metadata(models / "ggml-vocab-deepseek-llm.gguf"), 1500)
    gemma = cut_spaced(read_metadata(args.gemma), 2500)
    spm = cut_spaced(read_metadata(models / "ggml-vocab-llama-spm.gguf"), 1500)
    writer.gguf("gguf-smollm", smollm)
    writer.gguf("gguf-llama-bpe", llama)
    writer.gguf("gguf-glm4", with_pre(llama, "glm4"))
    writer.gguf("gguf-deepseek-llm", deepseek)
    writer.gguf("gguf-gemma", gemma)
    writer.gguf("gguf-llama-spm", spm)
    nfc = document_of(qwen, "qwen2")
    nfc["normalizer"] = {"type": "NFC"}
    writer.json("json-qwen2", nfc)
    writer.json("json-deepseek-v3", document_of(deepseek, "deepseek-v3"))
    writer.json("json-gpt-4o", document_of(qwen, "gpt-4o"))
    writer.json("json-gemma", spaced_document_of(gemma, "gemma"))
    writer.json("json-llama2", spaced_document_of(spm, "llama2"))
    writer.json("json-metaspace", spaced_document_of(spm, "metaspace"))
    writer.json("json-unusual", unusual_document(smollm))
    writer.json("json-falcon", falcon_document(smollm))


def full(writer, args):
    models = pathlib.Path(args.vocabularies)
    paths = [pathlib.Path(args.smollm), pathlib.Path(args.gemma)]
    paths += [p for p in sorted(models.glob("ggml-vocab-*.gguf")) if not any(n in p.name for n in ("bert", "falcon-h1"))]
    kept = {}
    for path in paths:
        metadata = read_metadata(path)
        name = path.stem.removeprefix("ggml-vocab-")
        kept[name] = metadata
        writer.gguf("gguf-" + name, metadata, path)
    llama = kept["llama-bpe"]
    for pre in ("glm4", "chatglm-bpe", "deepseek-v3", "tekken", "gpt-4o", "bloom"):
        writer.gguf("gguf-llama-bpe-as-" + pre, with_pre(llama, pre))
    for name, pre in (("smollm2", "smollm"), ("llama-bpe", "llama-bpe"), ("qwen2", "qwen2"), ("deepseek-llm", "deepseek-llm"), ("deepseek-coder", "deepseek-coder"), ("gpt-2", "gpt-2"), ("command-r", "command-r")):
        metadata = next(m for n, m in kept.items() if n.lower().startswith(name))
        writer.json("json-" + name, document_of(metadata, pre))
    for pre in ("glm4", "deepseek-v3", "tekken", "gpt-4o", "qwen35"):
        writer.json("json-llama-bpe-as-" + pre, document_of(llama, pre))
    gemma = next(m for n, m in kept.items() if n.startswith("gemma-3"))
    writer.json("json-gemma", spaced_document_of(gemma, "gemma"))
    writer.json("json-llama2", spaced_document_of(kept["llama-spm"], "llama2"))
    writer.json("json-metaspace", spaced_document_of(kept["llama-spm"], "metaspace"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fixtures", "full"])
    parser.add_argument("out")
    parser.add_argument("--smollm", required=True)
    parser.add_argument("--gemma", required=True)
    parser.add_argument("--vocabularies", required=True)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--only", default="", help="make only the variants with this in their name")
    args = parser.parse_args()
    print("gguf", getattr(gguf, "__version__", "?"))
    writer = Writer(args.out, args.count, 1500 if args.what == "full" else 300, args.only)
    (fixtures if args.what == "fixtures" else full)(writer, args)


if __name__ == "__main__":
    main()
