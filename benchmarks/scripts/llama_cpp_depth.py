"""llama.cpp by depth: the time of a token, and of a piece of prompt, with so many tokens in the cache.

    llama_cpp_depth.py MODEL.gguf [--depths 4096,8192,...] [--threads N] [--flash on|off]
                       [--decode N] [--prefill N] [--ubatch N] [--verify]

MODEL has latent attention and an indexer (glm-dsa). The cache is filled with made-up rows
(llama_cpp_state.py), so a depth costs seconds, not the hours of a prefill. Prints a line of JSON for
each depth, as depths are done:

    {"engine": "llama.cpp", "version": ..., "model": ..., "threads": 2, "flash": "on", "ubatch": 512,
     "depth": 4096, "decode_seconds": [one a token], "prefill": {"tokens": 512, "seconds": ...},
     "peak_bytes": most memory resident so far}

Without flash attention the work buffers grow with depth times ubatch: pass a small --ubatch
(and --prefill 0) at large depths. --verify checks instead that a restored state is the same as a
computed one: its bytes, and the next token's logits.
"""

import argparse
import ctypes
import importlib.metadata
import json
import os
import random
import re
import sys
import time

import llama_cpp as llama
import numpy

import llama_cpp_state

SEEN = 256  # tokens that are really computed, to draw rows like theirs


def silence(level, text, data):
    if level == 4:  # errors
        sys.stderr.write(text.decode(errors="replace"))


LOG = llama.llama_log_callback(silence)


class Engine:
    def __init__(self, path, context, threads, flash, ubatch):
        llama.llama_log_set(LOG, ctypes.c_void_p(0))
        llama.llama_backend_init()
        self.model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"llama.cpp cannot load {path}")
        self.vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = context
        parameters.n_batch = parameters.n_ubatch = ubatch
        parameters.n_threads = parameters.n_threads_batch = threads
        parameters.flash_attn_type = 1 if flash else 0
        self.context = llama.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise SystemExit(f"llama.cpp makes no context of {context} tokens")
        self.ubatch = ubatch

    def decode(self, tokens):
        array = (llama.llama_token * len(tokens))(*tokens)
        status = llama.llama_decode(self.context, llama.llama_batch_get_one(array, len(tokens)))
        if status != 0:
            raise SystemExit(f"llama_decode failed: {status}")
        llama.llama_synchronize(self.context)

    def feed(self, tokens):
        for start in range(0, len(tokens), self.ubatch):
            self.decode(tokens[start:start + self.ubatch])

    def draw(self, count, seed):
        source = random.Random(seed)
        return [source.randrange(self.vocabulary) for _ in range(count)]

    def clear(self):
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)

    def state(self):
        size = llama.llama_state_seq_get_size(self.context, 0)
        data = (ctypes.c_uint8 * size)()
        if llama.llama_state_seq_get_data(self.context, data, size, 0) != size:
            raise SystemExit("llama.cpp gave no state")
        return memoryview(data).cast("B")

    def restore(self, state):
        self.clear()
        data = (ctypes.c_uint8 * len(state)).from_buffer(state)
        read = llama.llama_state_seq_set_data(self.context, data, len(state), 0)
        if read != len(state):
            raise SystemExit(f"llama.cpp restored {read} of {len(state)} bytes of a state")
        last = llama.llama_memory_seq_pos_max(llama.llama_get_memory(self.context), 0)
        return last + 1

    def logits(self):
        return numpy.ctypeslib.as_array(llama.llama_get_logits_ith(self.context, -1),
                                        (self.vocabulary,)).copy()


def peak_bytes():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]) * 1024


def verify(engine):
    """A computed state against its restored self: the bytes, and what the next token gives."""
    engine.feed(engine.draw(SEEN, 1))
    computed = bytes(engine.state())
    parsed = llama_cpp_state.parse(computed)
    if bytes(llama_cpp_state.encode(*parsed)) != computed:
        raise SystemExit("encode() and parse() disagree with llama.cpp's bytes")
    engine.decode(engine.draw(1, 2))
    expected = engine.logits()
    engine.restore(bytearray(computed))
    if bytes(engine.state()) != computed:
        raise SystemExit("a restored state is another one")
    engine.decode(engine.draw(1, 2))
    found = engine.logits()
    if not (found == expected).all():
        raise SystemExit(f"logits after the restored state differ by {numpy.abs(found - expected).max()}")
    made_up = llama_cpp_state.made_up(computed, 4 * SEEN)
    engine.restore(made_up)
    if bytes(engine.state()) != bytes(made_up):
        raise SystemExit("a made-up state is not what was restored")
    engine.decode(engine.draw(1, 2))
    if not numpy.isfinite(engine.logits()).all():
        raise SystemExit("logits after a made-up state are not finite")
    parts = [f"{len(part.layers)} layers of {part.layers[0][1].shape[1]} bytes" for part in parsed[2]]
    print(f"verified: {SEEN} tokens in {len(computed)} bytes ({'; '.join(parts)}), restored to the bit")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("model")
    parser.add_argument("--depths", default="4096,8192,24576,32768,131072")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--flash", choices=("on", "off"), default="on")
    parser.add_argument("--decode", type=int, default=16)
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--ubatch", type=int, default=512)
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    depths = [4 * SEEN] if options.verify else [int(depth) for depth in options.depths.split(",")]
    longest = max(depths) + 1 + options.decode + options.prefill
    engine = Engine(options.model, longest + 256, options.threads, options.flash == "on", options.ubatch)
    if options.verify:
        return verify(engine)
    engine.feed(engine.draw(SEEN, 1))
    real = bytes(engine.state())
    for depth in depths:
        state = llama_cpp_state.made_up(real, depth)
        if engine.restore(state) != depth:
            raise SystemExit(f"the cache does not end at {depth}")
        engine.decode(engine.draw(1, 0))  # plans the graph, touches the pages
        seconds = []
        for token in engine.draw(options.decode, depth):
            start = time.perf_counter()
            engine.decode([token])
            seconds.append(time.perf_counter() - start)
        prefill = None
        if options.prefill:
            engine.restore(state)
            tokens = engine.draw(options.prefill, depth)
            start = time.perf_counter()
            engine.feed(tokens)
            prefill = {"tokens": options.prefill, "seconds": time.perf_counter() - start}
        print(json.dumps({
            "engine": "llama.cpp", "version": importlib.metadata.version("llama-cpp-python"),
            "model": os.path.basename(options.model), "threads": options.threads,
            "flash": options.flash, "ubatch": options.ubatch, "depth": depth,
            "decode_seconds": seconds, "prefill": prefill, "peak_bytes": peak_bytes()}), flush=True)


main()
