"""The sequence state of llama.cpp for models with latent attention: read, written, made up.

llama.cpp can restore a cache from bytes (llama_state_seq_set_data), so a cache of any depth can be
had without computing it. For the architecture glm-dsa the bytes are (llama-context.cpp,
llama-kv-cache.cpp, llama-kv-cache-dsa.cpp of llama-cpp-python 0.3.36; little-endian):

    u32 magic, i32 sequence
    twice, for the latent rows of all layers and for the indexer keys of the layers that select:
      u32 streams (1), u32 cells
      for each cell: i32 position, u32 sequences (1), i32 sequence
      u32 "values are transposed" (1 without flash attention), u32 layers
      for each layer: i32 ggml type, u64 bytes of a row, the rows

There are no values: latent attention reads them from the latent rows. parse() and encode() are
inverse to each other, which verify() of llama_cpp_depth.py checks against llama.cpp's own bytes.
"""

import dataclasses
import struct

import numpy

F16 = 1


@dataclasses.dataclass
class Part:
    """One of the two caches. `layers` holds (ggml type, rows as uint8 [cells, bytes of a row])."""

    positions: numpy.ndarray
    transposed: int
    layers: list


def parse(data):
    """(magic, sequence, parts) of a state; ValueError if the bytes are laid out otherwise."""
    view = memoryview(data)
    magic, sequence = struct.unpack_from("<Ii", view, 0)
    at = 8
    parts = []
    while at < len(view):
        streams, cells = struct.unpack_from("<II", view, at)
        at += 8
        if streams != 1:
            raise ValueError(f"{streams} streams in the state, expected 1")
        meta = numpy.frombuffer(view, "<i4", 3 * cells, at).reshape(cells, 3)
        if not (meta[:, 1] == 1).all():
            raise ValueError("cells of the state are not in one sequence each")
        at += meta.nbytes
        transposed, layers = struct.unpack_from("<II", view, at)
        at += 8
        rows = []
        for _ in range(layers):
            kind, size = struct.unpack_from("<iQ", view, at)
            at += 12
            rows.append((kind, numpy.frombuffer(view, "u1", cells * size, at).reshape(cells, size)))
            at += cells * size
        parts.append(Part(meta[:, 0], transposed, rows))
    if at != len(view) or len(parts) != 2:
        raise ValueError(f"a state of {len(parts)} parts and {len(view) - at} bytes more, expected 2 parts")
    return magic, sequence, parts


def encode(magic, sequence, parts):
    """The bytes of a state, as a bytearray."""
    out = bytearray(struct.pack("<Ii", magic, sequence))
    for part in parts:
        cells = len(part.positions)
        meta = numpy.empty((cells, 3), "<i4")
        meta[:, 0], meta[:, 1], meta[:, 2] = part.positions, 1, sequence
        out += struct.pack("<II", 1, cells) + meta.tobytes()
        out += struct.pack("<II", part.transposed, len(part.layers))
        for kind, rows in part.layers:
            out += struct.pack("<iQ", kind, rows.shape[1])
            out += memoryview(rows).cast("B")
    return out


def made_up(real, depth, seed=1):
    """A state of `depth` tokens like a real one: random rows with its columns' mean and deviation.

    Drawn, not repeated: equal rows would have equal scores, and no engine selects among ties in the
    order that another one does.
    """
    magic, sequence, parts = parse(real)
    random = numpy.random.default_rng(seed)
    fakes = []
    for part in parts:
        layers = []
        for kind, rows in part.layers:
            if kind != F16:
                raise ValueError(f"a cache of ggml type {kind}, expected F16")
            seen = rows.view("<f2").astype(numpy.float32)
            mean, deviation = seen.mean(axis=0), seen.std(axis=0)
            drawn = numpy.empty((depth, seen.shape[1]), "<f2")
            for start in range(0, depth, 8192):
                piece = drawn[start:start + 8192]
                piece[:] = random.standard_normal(piece.shape, numpy.float32) * deviation + mean
            layers.append((kind, drawn.view("u1")))
        fakes.append(Part(numpy.arange(depth, dtype="<i4"), part.transposed, layers))
    return encode(magic, sequence, fakes)
