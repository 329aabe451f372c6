"""A thin session over the llama.cpp C API: tokenize, feed tokens, read logits.

Everything is llama.cpp's default (f16 KV cache, flash attention "auto", weight repacking on)
except the number of threads and the context length.
"""

import llama_cpp
import numpy

_log = []
_keep_log = llama_cpp.llama_log_callback(lambda level, text, user: _log.append(text))


class Session:
    def __init__(self, path, context, threads=2, batch=None, flash=None, repack=True,
                 cache=None):
        llama_cpp.llama_log_set(_keep_log, None)
        _log.clear()
        llama_cpp.llama_backend_init()
        model_params = llama_cpp.llama_model_default_params()
        model_params.use_extra_bufts = repack
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), model_params)
        if not self.model:
            log = b"".join(_log[-5:]).decode(errors="replace")
            raise ValueError(f"{path}: llama.cpp cannot load this model: {log}")
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = context
        params.n_threads = params.n_threads_batch = threads
        if batch:
            params.n_batch = batch
        if flash is not None:
            params.flash_attn_type = int(flash)
        if cache is not None:
            params.type_k = params.type_v = cache  # a ggml type; 0 is F32
        self.params = params
        self.context = llama_cpp.llama_init_from_model(self.model, params)
        if not self.context:
            raise ValueError(f"{path}: llama.cpp cannot make a context of {context} tokens")
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.vocabulary_size = llama_cpp.llama_vocab_n_tokens(self.vocab)
        self.add_bos = bool(llama_cpp.llama_vocab_get_add_bos(self.vocab))
        self.bos = llama_cpp.llama_vocab_bos(self.vocab)
        self.flash_attention = any(b"Flash Attention enabled" in line for line in _log)
        self.repacked = sum(b"repack tensor" in line for line in _log)
        self.position = 0

    def settings(self):
        """What decides the numbers, for the record in a fixture."""
        return {
            "engine": f"llama.cpp as vendored in llama-cpp-python {llama_cpp.__version__}",
            "system": llama_cpp.llama_print_system_info().decode().strip(),
            "threads": self.params.n_threads,
            "context": self.params.n_ctx,
            "batch": self.params.n_batch,
            "microBatch": self.params.n_ubatch,
            "cacheType": {0: "f32", 1: "f16"}[self.params.type_k],
            "flashAttention": "on" if self.flash_attention else "off",
            "repackedTensors": self.repacked,
        }

    def tokenize(self, text):
        """The tokens of plain text, with the beginning-of-sequence token if the model wants it."""
        raw = text.encode()
        room = len(raw) + 8
        tokens = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocab, raw, len(raw), tokens, room, True, False)
        if count < 0:
            raise ValueError(f"llama.cpp cannot tokenize {text[:40]!r}")
        return list(tokens[:count])

    def clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        self.position = 0

    def feed(self, tokens, want=None):
        """Decodes tokens as one batch; logits [len(want), vocabulary] of the wanted positions.

        want: indices within tokens, default the last alone.
        """
        want = [len(tokens) - 1] if want is None else list(want)
        batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
        try:
            batch.n_tokens = len(tokens)
            for i, token in enumerate(tokens):
                batch.token[i] = token
                batch.pos[i] = self.position + i
                batch.n_seq_id[i] = 1
                batch.seq_id[i][0] = 0
                batch.logits[i] = 0
            for i in want:
                batch.logits[i] = 1
            status = llama_cpp.llama_decode(self.context, batch)
            if status != 0:
                raise ValueError(f"llama_decode returned {status}")
            self.position += len(tokens)
            rows = numpy.empty((len(want), self.vocabulary_size), numpy.float32)
            for row, i in enumerate(want):
                pointer = llama_cpp.llama_get_logits_ith(self.context, i)
                rows[row] = numpy.ctypeslib.as_array(pointer, (self.vocabulary_size,))
            return rows
        finally:
            llama_cpp.llama_batch_free(batch)

    def close(self):
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)
