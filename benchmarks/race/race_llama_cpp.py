"""llama.cpp's tokens per second: the work of llama-bench's pp and tg, as JSON like `longhaul bench`.

    race_llama_cpp.py MODEL.gguf PROMPT GEN THREADS REPS DEPTH
"""

import ctypes
import json
import random
import sys
import time

import llama_cpp as llama


def main():
    path, prompt, gen, threads, reps, depth = sys.argv[1], *map(int, sys.argv[2:7])
    silent = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(silent, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = depth + max(prompt, gen) + 16
    parameters.n_batch = 2048
    parameters.n_threads = parameters.n_threads_batch = threads
    context = llama.llama_init_from_model(model, parameters)
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))
    greedy = llama.llama_sampler_init_greedy()

    def decode(tokens):
        for i in range(0, len(tokens), 2048):
            part = tokens[i:i + 2048]
            array = (llama.llama_token * len(part))(*part)
            if llama.llama_decode(context, llama.llama_batch_get_one(array, len(part))) != 0:
                raise SystemExit("llama_decode failed")
        llama.llama_synchronize(context)

    def fill(count):
        llama.llama_memory_clear(llama.llama_get_memory(context), True)
        decode(draw(count))

    def draw(count):
        return [random.randrange(vocabulary) for _ in range(count)]

    def prefill():
        fill(depth)
        tokens = draw(prompt)
        start = time.perf_counter()
        decode(tokens)
        return prompt / (time.perf_counter() - start)

    def generate():
        fill(max(1, depth))
        token = llama.llama_sampler_sample(greedy, context, -1)
        start = time.perf_counter()
        for _ in range(gen):
            decode([token])
            token = llama.llama_sampler_sample(greedy, context, -1)
        return gen / (time.perf_counter() - start)

    parts = [("prefill", prompt, prefill), ("decode", gen, generate)]
    parts = [part for part in parts if part[1] > 0]
    result = {"model": path, "threads": threads,
              "cold": {name: work() for name, _, work in parts}}
    rates = {name: [] for name, _, _ in parts}
    for _ in range(reps):
        for name, _, work in parts:
            rates[name].append(work())
    for name, tokens, _ in parts:
        result[name] = {"tokens": tokens, "tokens_per_second": rates[name]}
    print(json.dumps(result))


main()
