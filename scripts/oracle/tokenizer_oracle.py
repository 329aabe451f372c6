"""Reference tokenizers: llama.cpp on a GGUF file, and the library tokenizers on a tokenizer.json."""

import ctypes
import functools
import json
import unicodedata

import llama_cpp
from tokenizers import Regex, Tokenizer, pre_tokenizers

from tokenizer_strings import well_formed

llama_cpp.llama_backend_init()


@llama_cpp.llama_log_callback
def _silent(level, text, data):
    pass


llama_cpp.llama_log_set(_silent, ctypes.c_void_p(0))


class LlamaCpp:
    """llama.cpp's tokenizer of a GGUF file."""

    def __init__(self, path):
        params = llama_cpp.llama_model_default_params()
        params.vocab_only = True
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        if not self.model:
            raise RuntimeError(f"llama.cpp cannot load {path}")
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.size = llama_cpp.llama_vocab_n_tokens(self.vocab)

    def encode(self, text, special):
        raw = well_formed(text).encode("utf-8")
        room = len(raw) + 16
        out = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocab, raw, len(raw), out, room, False, special)
        if count < 0:
            raise RuntimeError("no room for the tokens")
        return out[:count]

    def piece(self, token, lstrip):
        buffer = ctypes.create_string_buffer(1024)
        count = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, 1024, lstrip, True)
        if count < 0:
            raise RuntimeError("no room for the piece")
        return buffer.raw[:count]

    def decode(self, ids, drop_space):
        pieces = [self.piece(t, 1 if drop_space and i == 0 else 0) for i, t in enumerate(ids)]
        return b"".join(pieces).decode("utf-8", "replace")

    def end_tokens(self):
        return [t for t in range(self.size) if llama_cpp.llama_vocab_is_eog(self.vocab, t)]

    def prefix(self):
        if not llama_cpp.llama_vocab_get_add_bos(self.vocab):
            return []
        return [llama_cpp.llama_vocab_bos(self.vocab)]


class HuggingFace:
    """The library tokenizers."""

    def __init__(self, document):
        self.tokenizer = Tokenizer.from_str(json.dumps(document))
        self.size = 1 + max(self.tokenizer.get_vocab(with_added_tokens=True).values())

    def encode(self, text, special):
        self.tokenizer.encode_special_tokens = not special
        return self.tokenizer.encode(well_formed(text), add_special_tokens=False).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids, skip_special_tokens=False)


# The patterns of the published tokenizer.json files, by llama.cpp's name.
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
GPT4O = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Some characters are escaped, since canonical equivalents of them are easily put in their place.
DEEPSEEK_LETTERS = (
    "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\u1f7dᾀ-ᾴᾶ-ᾼ\u1fbeῂ-ῄῆ-ῌῐ-\u1fd3ῖ-\u1fdbῠ-Ῥῲ-ῴῶ-ῼ"
    "ℂℇℊ-ℓℕℙ-ℝℤ\u2126ℨ\u212a-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"
)
DEEPSEEK_HAN = "[一-龥\u0800-一가-\ud7ff]+"
DEEPSEEK_V3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PATTERNS = {
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
    "gpt-2": [GPT2],
    "mpt": [GPT2],
    "smollm": [r"\p{N}", GPT2],
    "starcoder": [r"\p{N}", GPT2],
    "refact": [r"\p{N}", GPT2],
    "command-r": [r"\p{N}", GPT2],
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"],
    "llama-bpe": [LLAMA3],
    "glm4": [LLAMA3],
    "chatglm-bpe": [LLAMA3],
    "qwen2": [QWEN2],
    "qwen35": [QWEN35],
    "gpt-4o": [GPT4O],
    "tekken": [TEKKEN],
    "deepseek-llm": [r"[\r\n]", DEEPSEEK_LETTERS, r"\s?[!-/:-~！-／：-～‘-‟　-。]+", r"\s+$", DEEPSEEK_HAN, r"\p{N}+"],
    "deepseek-coder": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", DEEPSEEK_HAN, r"\p{N}"],
    "deepseek-v3": [r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+", DEEPSEEK_V3],
    "bloom": [" ?[^(\\s|.,!?…。，、।۔،)]+"],
}
IGNORE_MERGES = {"llama-bpe", "glm4", "tekken"}

# What llama.cpp splits with code of its own; the others run on std::regex, whose stack a long run overflows.
OWN_CODE = {"gpt-2", "mpt", "llama-bpe", "glm4", "chatglm-bpe", "qwen2", "qwen35"}
STD_REGEX_LIMIT = 1000


@functools.cache
def _newer():
    """Characters that Oniguruma (Unicode 16) knows and this Python does not; llama.cpp's tables are of 15.0."""
    assigned = pre_tokenizers.Split(Regex(r"\P{Cn}"), "removed", invert=True)
    unknown = [c for c in range(0x80, 0x110000) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) == "Cn"]
    newer = set()
    for start in range(0, len(unknown), 4096):
        block = "".join(map(chr, unknown[start : start + 4096]))
        for part, _ in assigned.pre_tokenize_str(block):
            newer.update(part)
    return frozenset(newer)


def llama_cpp_differs(text, pre, ordinary):
    """Why llama.cpp's tokens are not those of the published tokenizer, or None.

    ordinary: texts that are ordinary tokens of the vocabulary, and that llama.cpp takes for control tokens
    """
    if any(token in text for token in ordinary):
        return "an ordinary token that llama.cpp takes for a control token"
    if any(c in _newer() for c in text if ord(c) > 0x7F):
        return f"a character of Unicode 16 that is not in Unicode {unicodedata.unidata_version}"
    if "'ſ" in text and pre in {"llama-bpe", "glm4", "chatglm-bpe", "qwen2", "qwen35"}:
        return "U+017F equals s when case is ignored"
    if pre not in OWN_CODE and len(text) > STD_REGEX_LIMIT:
        return "too long for std::regex"
    if pre in {"deepseek-llm", "deepseek-coder"} and any(c.isspace() and ord(c) >= 0x800 for c in text):
        return "white space that is also in the range U+0800 to U+4E00"
    if pre in {"gpt-4o", "tekken"} and any(ord(c) > 0x7F for c in text):
        return "upper and lower case are told apart in ASCII only"
    return None


def byte_level_document(vocab, merges, added, pre):
    """A tokenizer.json as Hugging Face publishes byte-level BPE."""
    splits = [{"type": "Split", "pattern": {"Regex": p}, "behavior": "Isolated", "invert": False} for p in PATTERNS[pre]]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": splits + [{"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}],
        },
        "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": pre in IGNORE_MERGES,
            "vocab": vocab,
            "merges": [list(m) for m in merges],
        },
    }


def spaced_document(vocab, merges, added, style):
    """A tokenizer.json with U+2581 for spaces: gemma, llama2 (normalizer) or metaspace (pre-tokenizer)."""
    replace = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    unreplace = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    normalizer, pre_tokenizer = None, None
    if style == "gemma":
        normalizer = replace
        pre_tokenizer = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
        decoder = [unreplace, {"type": "ByteFallback"}, {"type": "Fuse"}]
    elif style == "llama2":
        normalizer = {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, replace]}
        decoder = [unreplace, {"type": "ByteFallback"}, {"type": "Fuse"}, strip]
    else:
        pre_tokenizer = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}
        decoder = [unreplace, {"type": "ByteFallback"}, {"type": "Fuse"}, strip]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer,
        "post_processor": None,
        "decoder": {"type": "Sequence", "decoders": decoder},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocab,
            "merges": [list(m) for m in merges],
        },
    }


def added_token(token_id, content, special, **flags):
    token = {"id": token_id, "content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": special}
    return token | flags
