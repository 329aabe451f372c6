"""Makes other weight types out of one GGUF, to race on: by llama.cpp's own quantizer.

    make_types.py [--name NAME] IN.gguf OUTDIR [TYPE...]

Writes OUTDIR/NAME-TYPE.gguf for each TYPE (default: Q4_0 Q4_1 Q8_0 Q4_K_M F16 BF16); NAME is by default
that of IN without the type at its end. A file that is there already is replaced. Runs in a Python
with llama-cpp-python, such as the one that race.sh makes. IN may be quantized itself: requantizing costs quality, so
the files are good for speed and for comparing engines on the same file, and for nothing else.
"""

import argparse
import ctypes
import os
import pathlib
import re
import sys

import llama_cpp as llama

TYPES = ["Q4_0", "Q4_1", "Q8_0", "Q4_K_M", "F16", "BF16"]
# The type stands last in a file's name, after a dot or a dash: Model-8B-Instruct.Q4_1, model-q4_k_m.
TYPE_AT_END = re.compile(r"[-.](B?F16|F32|I?Q\d\w*)$", re.IGNORECASE)


def errors_only(level, text, data):
    if level == 4:
        sys.stderr.write(text.decode(errors="replace"))


LOG = llama.llama_log_callback(errors_only)


def quantize(source, target, name):
    parameters = llama.llama_model_quantize_default_params()
    parameters.ftype = getattr(llama, f"LLAMA_FTYPE_MOSTLY_{name}")
    parameters.allow_requantize = True
    # A process that has the old file mapped keeps it: the new one takes its name when it is whole.
    part = target.with_suffix(".part")
    try:
        status = llama.llama_model_quantize(
            os.fsencode(source), os.fsencode(part), ctypes.byref(parameters))
        if status != 0:
            raise SystemExit(f"make_types.py: llama.cpp cannot make {name} out of {source}")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--name")
    parser.add_argument("types", nargs="*", default=TYPES)
    options = parser.parse_args()
    for name in options.types:
        if not hasattr(llama, f"LLAMA_FTYPE_MOSTLY_{name}"):
            parser.error(f"llama.cpp has no type {name}")
    if not options.source.is_file():
        parser.error(f"there is no file {options.source}")
    llama.llama_log_set(LOG, ctypes.c_void_p(0))
    options.folder.mkdir(parents=True, exist_ok=True)
    stem = options.name or TYPE_AT_END.sub("", options.source.stem)
    for name in options.types:
        target = options.folder / f"{stem}-{name}.gguf"
        quantize(options.source, target, name)
        print(f"{target}  {target.stat().st_size / 1e6:.1f} MB", flush=True)


main()
