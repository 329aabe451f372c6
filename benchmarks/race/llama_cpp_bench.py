"""llama.cpp's tokens per second: the work of `longhaul bench`, and JSON like its own.

    llama_cpp_bench.py MODEL.gguf --prompt N --gen N --depth N --threads N --reps N --warm-up N

Everything that is not an option is llama.cpp's default: memory-mapped weights, an f16 cache, flash
attention where llama.cpp chooses it, batches of 2048 in pieces of 512.
"""

import argparse
import ctypes
import json
import random
import sys
import time

import llama_cpp as llama


def errors_only(level, text, data):
    if level == 4:
        sys.stderr.write(text.decode(errors="replace"))


LOG = llama.llama_log_callback(errors_only)


class Engine:
    def __init__(self, path, tokens, threads):
        llama.llama_log_set(LOG, ctypes.c_void_p(0))
        llama.llama_backend_init()
        self.model = llama.llama_model_load_from_file(
            path.encode(), llama.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"llama.cpp cannot load {path}")
        self.vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(self.model))
        parameters = llama.llama_context_default_params()
        parameters.n_ctx = tokens
        parameters.n_threads = parameters.n_threads_batch = threads
        self.batch = parameters.n_batch
        self.context = llama.llama_init_from_model(self.model, parameters)
        if not self.context:
            raise SystemExit(f"llama.cpp makes no context of {tokens} tokens")
        self.greedy = llama.llama_sampler_init_greedy()

    def feed(self, tokens):
        for start in range(0, len(tokens), self.batch):
            part = tokens[start:start + self.batch]
            array = (llama.llama_token * len(part))(*part)
            status = llama.llama_decode(self.context, llama.llama_batch_get_one(array, len(part)))
            if status != 0:
                raise SystemExit(f"llama_decode failed: {status}")
        llama.llama_synchronize(self.context)

    def clear(self):
        llama.llama_memory_clear(llama.llama_get_memory(self.context), True)

    def draw(self, count):
        return [random.randrange(self.vocabulary) for _ in range(count)]

    def prefill(self, depth, prompt):
        self.clear()
        self.feed(self.draw(depth))
        tokens = self.draw(prompt)
        start = time.perf_counter()
        self.feed(tokens)
        return prompt / (time.perf_counter() - start)

    def generate(self, depth, gen):
        """The first token comes from the prompt's own logits; each of the others takes a pass."""
        self.clear()
        self.feed(self.draw(max(1, depth)))
        start = time.perf_counter()
        token = llama.llama_sampler_sample(self.greedy, self.context, -1)
        for _ in range(gen):
            self.feed([token])
            token = llama.llama_sampler_sample(self.greedy, self.context, -1)
        return gen / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("model")
    for option in ("prompt", "gen", "depth", "threads", "reps", "warm-up"):
        parser.add_argument(f"--{option}", type=int, required=True)
    options = parser.parse_args()
    tokens = options.depth + max(options.prompt, options.gen) + 1
    engine = Engine(options.model, tokens, options.threads)
    prefill, decode = [], []
    for _ in range(options.warm_up + options.reps):
        if options.prompt:
            prefill.append(engine.prefill(options.depth, options.prompt))
        if options.gen:
            decode.append(engine.generate(options.depth, options.gen))
    print(json.dumps({
        "model": options.model,
        "threads": options.threads,
        "warm_up": options.warm_up,
        "prefill": {"tokens": options.prompt, "tokens_per_second": prefill[options.warm_up:]},
        "decode": {"tokens": options.gen, "tokens_per_second": decode[options.warm_up:]},
        "system": llama.llama_print_system_info().decode().strip(),
    }))


main()
