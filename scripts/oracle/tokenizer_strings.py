"""The strings that tokenizers are compared on: the same ones on every run.

Each is a Python str that may hold lone surrogates, as a Java string may.
"""

import random

ENGLISH = (
    "The quick brown fox jumps over the lazy dog. It's what they've said; I'll wait, you'd think, "
    "we're DONE'S and CAN'T'VE 'twas o'clock. Don't panic: naïve café, coöperate, résumé -- "
    "she said \"hello\", then (quietly) left... 3.14159, 1,234,567 items; 42nd St. "
    "https://example.org/a/b?c=d&e=%20f#g user.name+tag@mail.example.com C:\\Users\\x /usr/lib "
).split(" ")
CODE = [
    "def f(x):\n    return x ** 2\n", "for (int i = 0; i < n; ++i) {\n\ta[i] += b[i];\n}\n",
    "public static void main(String[] args) {\r\n    System.out.println(\"hi\");\r\n}\r\n",
    "SELECT * FROM t WHERE a >= 10 AND b != 'x';\n", "#include <stdio.h>\n\n\n", "<div class=\"a\">&nbsp;</div>",
    "<table>\n<tr><td>1</td></tr>\n</table>", "{\"a\": [1, 2.5e-3, null], \"b\": \"\\u00e9\"}", "x => x?.y ?? [...z]",
    "if __name__ == '__main__':\n        main()\n", "\t\t\tfoo_bar_baz(fooBarBaz, FooBar2, FOO_BAR)\n", "//--- !!! ???\n/* ** */",
    "let r#type: &'static str = \"\"; // 'a 'b\n", "a+=b-=c*=d/=e;;;;", "$$\\frac{a}{b}$$ \\alpha_{i}^{2}", "```java\nvar x = 1;\n```\n",
]
CJK = ["你好，世界！", "中文分词测试。", "日本語のテキスト、カタカナとひらがな", "ｶﾀｶﾅ", "한국어 문장입니다.", "가나다라", "ㄱㄴㄷ", "漢字かな交じり文",
       "《三体》", "１２３ＡＢＣ", "龥龦", "㐀㐁", "𠀀𠀁", "「引用」", "　全角　スペース　", "第1章 第２章", "〇一二三", "ーー", "퟿"]
EMOJI = ["😀", "👨‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷", "❤️", "☺", "🧑🏿‍🚀", "1️⃣", "©®™", "🫠", "\u200d", "\ufe0f", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
SCRIPTS = ["مرحبا بالعالم، كيف الحال؟", "السَّلامُ عَلَيْكُم", "۱۲۳٤٥٦", "שלום עולם", "नमस्ते दुनिया।", "क्षत्रिय", "สวัสดีชาวโลก", "ປະເທດລາວ",
           "Привет, мир! Ёлка", "Γειά σου Κόσμε", "Հայերեն", "ქართული", "አማርኛ", "Việt Nam tiếng Việt", "İstanbul ıI", "Straße ẞ ﬁ ﬂ ŉ",
           "e\u0301a\u0308o\u0302", "Z\u0351\u036b\u0343a\u0363\u0366l\u0349g\u0347o\u0301", "ǅ ǈ ǋ", "ªº", "ᾳῃ", "ⅣⅫ", "²³¹½¾", "٠١٢٣", "፩፪", "၁၂", "ᠮᠣᠩᠭᠣᠯ"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\n\n", "\n\n\n\n", "\x0b", "\x0c", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202f",
          "\u3000", "\u200b", "\ufeff", " \n", "\n ", "\t\t\t", "        ", "                ", " \t \n \r\n  "]
CONTROLS = ["\x00", "\x00\x00", "\x01", "\x07", "\x08", "\x1b[31m", "\x1f", "\x7f", "\x80", "\x9f", "\xad", "\u061c", "\u2066", "\ufff9", "\uffff", "\ufdd0", "\U0010ffff"]
SPECIALS = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", "<s>", "</s>", "<unk>", "<pad>", "<bos>", "<eos>", "<0x0A>", "<0x41>", "<start_of_turn>",
            "<end_of_turn>", "<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|fim_prefix|>", "<fim_prefix>", "[gMASK]", "<sop>",
            "<|user|>", "<|assistant|>", "<|observation|>", "<think>", "</think>", "<tool_call>", "</tool_call>", "<｜begin▁of▁sentence｜>",
            "<｜end▁of▁sentence｜>", "<｜User｜>", "<|EOT|>", "<unused0>", "<unused99>", "<mask>", "[multimodal]", "<image_soft_token>", "<file_sep>", "<repo_name>", "<|reserved_special_token_5|>",
            "<|", "|>", "<|im_", "im_end|>", "<|im_end|", "<<|im_end|>>", "</", "<s", "s>", "▁", "▁▁", "a▁b", "Ġ", "Ċ", "Ġthe", "[EMPTY_3]"]
QUOTES = ["'", "’", "'s", "'S", "'ſ", "'re", "'RE", "'Re", "'ve", "'ll", "'LL", "'d", "'m", "'t", "''", "' s", " 's", "'st", "x'sy", "'l", "'r", "'v"]
SURROGATES = ["\ud800", "\udc00", "\ud83d", "\ude00", "\udfff", "a\ud83d", "\ude00b", "\ud83d\ud83d"]
DIGITS = ["0", "12", "123", "1234", "12345", "123456789012", "1a2b3c", "0x1F", "1.000,00", "-5", "+49 30 123", "²2", "١٢٣4", "1 2 3", "３４"]
PUNCTUATION = ["!", "!!", "...", "?!", ";", ":-)", "--", "—", "…", "“”", "«»", "¿", "‰", "€", "$1", "£", "∑∫", "→", "#", "@", "^^", "~~", "||", "`", "\\", "++", "<=", "==>", "_", "__", "‘’", "、。", "！？", "（）"]
GROUPS = [ENGLISH, CODE, CJK, EMOJI, SCRIPTS, SPACES, CONTROLS, SPECIALS, QUOTES, SURROGATES, DIGITS, PUNCTUATION]


# Characters that the library tokenizers decomposes otherwise than Unicode 16 (and the JDK) does: its tables are older.
OTHER_DECOMPOSITION = [
    (0x32FF, 0x32FF), (0xA7F2, 0xA7F4), (0xAB69, 0xAB69), (0x105C9, 0x105C9), (0x105E4, 0x105E4), (0x10781,
    0x10785), (0x10787, 0x107B0), (0x107B2, 0x107BA), (0x11383, 0x11383), (0x11385, 0x11385), (0x1138E, 0x1138E),
    (0x11391, 0x11391), (0x113C5, 0x113C5), (0x113C7, 0x113C8), (0x11938, 0x11938), (0x16121, 0x16128), (0x16D68,
    0x16D6A), (0x1CCD6, 0x1CCF9), (0x1E030, 0x1E06D), (0x1F16C, 0x1F16C), (0x1FBF0, 0x1FBF9),
]


def decomposed_otherwise(text):
    return any(first <= ord(c) <= last for c in text for first, last in OTHER_DECOMPOSITION)


def code_points(rng, count, planes):
    out = []
    while len(out) < count:
        kind = rng.random()
        if kind < 0.5:
            c = rng.randrange(0x20, 0x3000)
        elif kind < 0.9 or not planes:
            c = rng.randrange(0x3000, 0x10000)
        else:
            c = rng.choice([rng.randrange(0x10000, 0x20000), rng.randrange(0x20000, 0x110000)])
        if not 0xD800 <= c < 0xE000:
            out.append(chr(c))
    return "".join(out)


def one(rng):
    kind = rng.random()
    if kind < 0.20:
        return " ".join(rng.choice(ENGLISH) for _ in range(rng.randint(1, 6)))
    if kind < 0.30:
        return rng.choice(CODE) + rng.choice(["", "    ", "\t"]) + rng.choice(ENGLISH)
    if kind < 0.55:
        group = rng.choice(GROUPS)
        return "".join(rng.choice(group) for _ in range(rng.randint(1, 4)))
    if kind < 0.90:
        return "".join(rng.choice(rng.choice(GROUPS)) for _ in range(rng.randint(2, 5)))
    if kind < 0.95:
        return code_points(rng, rng.randint(1, 8), True)
    return rng.choice(["", rng.choice(ENGLISH)]) + rng.choice("aA1 \n.é字😀'ſ") * rng.randint(2, 70) + rng.choice(ENGLISH)


def long_runs():
    """Runs that are quadratic, or deep, for a careless program."""
    runs = []
    for unit in ["a", "A", "1", " ", "\n", ".", "é", "字", "😀", "aB", "ab ", "a\u0301", "\r\n", " \t", "<", "▁", "\ud800", "'s", "🏽\u200d"]:
        runs.append(unit * (3000 // len(unit)))
        runs.append(unit * (3000 // len(unit)) + "x")
    for unit in ["a", " ", "\n", "字", "abcdefghij"]:
        runs.append(unit * (100_000 // len(unit)) + "x")
    return runs


def strings(count, seed=20261124):
    rng = random.Random(seed)
    out = ["", " ", "a", "\x00"] + long_runs()
    seen = set(out)
    while len(out) < count:
        text = one(rng)
        if text not in seen and not decomposed_otherwise(text):
            seen.add(text)
            out.append(text)
    return out[:count]


def well_formed(text):
    """Lone surrogates become U+FFFD; pairs become the character they stand for."""
    out = []
    i = 0
    while i < len(text):
        c = ord(text[i])
        low = ord(text[i + 1]) if i + 1 < len(text) else 0
        if 0xD800 <= c < 0xDC00 and 0xDC00 <= low < 0xE000:
            out.append(chr(0x10000 + ((c - 0xD800) << 10) + low - 0xDC00))
            i += 1
        else:
            out.append("\ufffd" if 0xD800 <= c < 0xE000 else text[i])
        i += 1
    return "".join(out)
