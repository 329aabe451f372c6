"""llama.cpp's tokens per second: the work of llama-bench's pp and tg, as JSON like `longhaul bench`.

    race_llama_cpp.py MODEL.gguf PROMPT GEN THREADS REPS
"""

import ctypes
import json
import random
import sys
import time

import llama_cpp as llama


def main():
    path, prompt, gen, threads, reps = sys.argv[1], *map(int, sys.argv[2:6])
    silent = llama.llama_log_callback(lambda level, text, data: None)
    llama.llama_log_set(silent, ctypes.c_void_p(0))
    llama.llama_backend_init()
    model = llama.llama_model_load_from_file(path.encode(), llama.llama_model_default_params())
    parameters = llama.llama_context_default_params()
    parameters.n_ctx = max(prompt, gen) + 16
    parameters.n_batch = 2048
    parameters.n_threads = parameters.n_threads_batch = threads
    context = llama.llama_init_from_model(model, parameters)
    vocabulary = llama.llama_vocab_n_tokens(llama.llama_model_get_vocab(model))

    def decode(tokens):
        array = (llama.llama_token * len(tokens))(*tokens)
        if llama.llama_decode(context, llama.llama_batch_get_one(array, len(tokens))) != 0:
            raise SystemExit("llama_decode failed")
        llama.llama_synchronize(context)

    def clear():
        llama.llama_memory_clear(llama.llama_get_memory(context), True)

    def draw(count):
        return [random.randrange(vocabulary) for _ in range(count)]

    def prefill():
        clear()
        tokens = draw(prompt)
        start = time.perf_counter()
        decode(tokens)
        return prompt / (time.perf_counter() - start)

    def generate():
        clear()
        decode(draw(1))
        tokens = draw(gen)
        start = time.perf_counter()
        for token in tokens:
            decode([token])
        return gen / (time.perf_counter() - start)

    prefill(), generate()
    print(json.dumps({
        "model": path,
        "threads": threads,
        "prefill": {"tokens": prompt, "tokens_per_second": [prefill() for _ in range(reps)]},
        "decode": {"tokens": gen, "tokens_per_second": [generate() for _ in range(reps)]},
    }))


main()
