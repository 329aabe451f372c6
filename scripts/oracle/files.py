"""Small model files from the other side, and what is in them.

    files.py OUT_FOLDER

GGUF files are written by the gguf package of llama.cpp and read back by its reader; safetensors
files are written by safetensors.torch, a sharded one by huggingface_hub. Beside each NAME that is
a sound file or folder stands NAME.json: what a reader must find, floats in full, NaN and the
infinities as strings. Other files must be refused. Output is the same at every run.
"""

import argparse
import hashlib
import json
import math
import pathlib

import gguf
import gguf.gguf_writer
import huggingface_hub
import numpy
import safetensors.torch
import torch

TYPES = [
    "F32", "F16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K",
    "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS", "I8", "I16",
    "I32", "I64", "F64", "IQ1_M", "BF16", "MXFP4",
]

T = gguf.GGUFValueType
# key, type, element type of an array, value
METADATA = [
    ("v.uint8", T.UINT8, None, 255),
    ("v.int8", T.INT8, None, -128),
    ("v.uint16", T.UINT16, None, 65535),
    ("v.int16", T.INT16, None, -32768),
    ("v.uint32", T.UINT32, None, 4294967295),
    ("v.int32", T.INT32, None, -2147483648),
    ("v.uint64", T.UINT64, None, 18446744073709551615),
    ("v.uint64.small", T.UINT64, None, 9223372036854775807),
    ("v.int64", T.INT64, None, -9223372036854775808),
    ("v.float32", T.FLOAT32, None, 1e-5),
    ("v.float32.nan", T.FLOAT32, None, math.nan),
    ("v.float64", T.FLOAT64, None, 0.1),
    ("v.float64.infinity", T.FLOAT64, None, math.inf),
    ("v.float64.minus", T.FLOAT64, None, -math.inf),
    ("v.bool", T.BOOL, None, True),
    ("v.bool.false", T.BOOL, None, False),
    ("v.string", T.STRING, None, "Grüße, 世界, 👋🏽\n\u0000 end"),
    ("v.string.replacement", T.STRING, None, "a right \ufffd"),
    ("v.string.long", T.STRING, None, "ab🦙" * 3000),
    ("a.uint8", T.ARRAY, T.UINT8, [0, 127, 128, 255]),
    ("a.int8", T.ARRAY, T.INT8, [0, 127, -128, -1]),
    ("a.uint16", T.ARRAY, T.UINT16, [0, 65535]),
    ("a.int16", T.ARRAY, T.INT16, [-32768, 32767]),
    ("a.uint32", T.ARRAY, T.UINT32, [0, 4294967295]),
    ("a.int32", T.ARRAY, T.INT32, [-2147483648, 2147483647]),
    ("a.uint64", T.ARRAY, T.UINT64, [1, 2, 3]),
    ("a.uint64.large", T.ARRAY, T.UINT64, [1, 18446744073709551615]),
    ("a.int64", T.ARRAY, T.INT64, [-9223372036854775808, 9223372036854775807]),
    ("a.float32", T.ARRAY, T.FLOAT32, [0.5, -0.0, 3.4028234663852886e38, 1e-45, math.inf]),
    ("a.float64", T.ARRAY, T.FLOAT64, [0.1, 1e300, 5e-324, math.nan]),
    ("a.bool", T.ARRAY, T.BOOL, [True, False, True]),
    ("a.string", T.ARRAY, T.STRING, ["", "Ġthe", "▁", "<0x0A>", "é"]),
    ("a.string.many", T.ARRAY, T.STRING, [f"token{i}" for i in range(1200)]),
    ("n.int32", T.ARRAY, None, [[1, 2], [3], [4, 5, 6]]),
    ("n.string", T.ARRAY, None, [["a", "b"], ["c"]]),
    ("n.deep", T.ARRAY, None, [[[1], [2, 3]], [[4]]]),
]


def plain(value):
    """The value as JSON can hold it."""
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def as_float32(value):
    if isinstance(value, list):
        return [as_float32(element) for element in value]
    return float(numpy.float32(value))


def expected_value(value_type, element_type, value):
    return plain(as_float32(value) if T.FLOAT32 in (value_type, element_type) else value)


def same(left, right):
    """Equality under which NaN equals NaN."""
    return json.dumps(plain(left)) == json.dumps(plain(right))


def random_blocks(type_name, rows, columns):
    """Random bytes in the shape of quantized rows."""
    block, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[type_name]]
    generator = numpy.random.default_rng(TYPES.index(type_name))
    return generator.integers(0, 256, (rows, columns // block * size), dtype=numpy.uint8)


def add_tensors(writer):
    """Every type, as 3 rows of 256; and one tensor of each number of dimensions."""
    for name in TYPES:
        writer.add_tensor(f"blk.0.{name}.weight", random_blocks(name, 3, 256),
                          raw_dtype=gguf.GGMLQuantizationType[name])
    for dimensions in range(1, 5):
        shape = tuple(range(2, 2 + dimensions))
        values = numpy.arange(math.prod(shape), dtype=numpy.float32).reshape(shape)
        writer.add_tensor(f"dimensions.{dimensions}", values)


def tensor_entry(name, type_name, shape, data):
    return {"name": name, "type": type_name, "shape": [int(n) for n in shape], "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest()}


def describe_gguf(paths):
    """What the gguf package's reader finds, and for values METADATA itself."""
    readers = [gguf.GGUFReader(path) for path in paths]
    metadata = {}
    written = {key: (kind, element, value) for key, kind, element, value in METADATA}
    for key, field in readers[0].fields.items():
        if key.startswith("GGUF."):
            continue
        if key not in written:
            metadata[key] = plain(field.contents())
            continue
        metadata[key] = expected_value(*written[key])
        if not key.startswith("n.") and not same(field.contents(), as_read(written[key])):
            raise ValueError(f"{key}: the reader finds {field.contents()!r}")
    tensors = [
        tensor_entry(t.name, t.tensor_type.name, reversed(t.shape.tolist()), t.data.tobytes())
        for reader in readers for t in reader.tensors]
    version = int(readers[0].fields["GGUF.version"].contents())
    return {"format": "GGUF", "version": version, "metadata": metadata, "tensors": tensors}


def as_read(written):
    kind, element, value = written
    return as_float32(value) if T.FLOAT32 in (kind, element) else value


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_gguf(path, version=3, alignment=None, endianess=gguf.GGUFEndian.LITTLE):
    # The package writes version 3 alone; version 2 has the same layout.
    gguf.gguf_writer.GGUF_VERSION = version
    writer = gguf.GGUFWriter(path, "test", endianess=endianess)
    if alignment:
        writer.add_custom_alignment(alignment)
    for key, kind, element, value in METADATA:
        writer.add_key_value(key, value, kind, sub_type=element)
    add_tensors(writer)
    finish(writer)
    gguf.gguf_writer.GGUF_VERSION = 3


def write_split(folder):
    folder.mkdir()
    writer = gguf.GGUFWriter(folder / "tiny.gguf", "test", split_max_tensors=2)
    writer.add_uint32("test.block_count", 5)
    for i in range(5):
        writer.add_tensor(f"blk.{i}.weight", numpy.full((i + 1, 32), i, dtype=numpy.float32))
    finish(writer)
    return sorted(folder.glob("*.gguf"))


def write_plain(path):
    """Metadata and tensors of which GgufWriterTest makes the same file."""
    writer = gguf.GGUFWriter(path, "test")
    for name in ("F32", "Q4_K", "I8"):
        writer.add_tensor(f"{name}.weight", random_blocks(name, 3, 256),
                          raw_dtype=gguf.GGMLQuantizationType[name])
    writer.add_tensor("odd", numpy.arange(7, dtype=numpy.float32))
    finish(writer)


def write_unknown_type(path):
    writer = gguf.GGUFWriter(path, "test")
    data = numpy.zeros((1, 256 // 256 * 66), dtype=numpy.uint8)
    writer.add_tensor("ternary.weight", data, raw_dtype=gguf.GGMLQuantizationType.TQ2_0)
    finish(writer)


DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "I64": torch.int64, "I32": torch.int32, "I16": torch.int16,
    "I8": torch.int8, "U8": torch.uint8, "BOOL": torch.bool,
}


def safetensors_tensors():
    tensors = {f"model.{name}.weight": (torch.arange(12) - (0 if name in ("U8", "BOOL") else 6))
               .reshape(3, 4).to(dtype) for name, dtype in DTYPES.items()}
    tensors["scalar"] = torch.tensor(7, dtype=torch.int64)
    tensors["empty"] = torch.zeros((0, 4), dtype=torch.float32)
    tensors["conv3d.weight"] = torch.arange(2 * 3 * 2 * 2 * 2, dtype=torch.float32).reshape(
        2, 3, 2, 2, 2)
    return tensors


def describe_safetensors(paths, metadata):
    names = {dtype: name for name, dtype in DTYPES.items()}
    tensors = []
    for path in paths:
        raw = path.read_bytes()
        header = json.loads(raw[8:8 + int.from_bytes(raw[:8], "little")])
        loaded = safetensors.torch.load_file(path)
        order = [name for name in header if name != "__metadata__"]
        if sorted(order) != sorted(loaded):
            raise ValueError(f"{path}: the header and the library list different tensors")
        for name in order:
            tensor = loaded[name]
            data = tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes()
            tensors.append(tensor_entry(name, names[tensor.dtype], tensor.shape, data))
    return {"format": "safetensors", "metadata": metadata, "tensors": tensors}


def write_safetensors(path):
    # One alone: the library writes several in random order.
    metadata = {"quoted \"key\"": "Grüße 👋\n"}
    safetensors.torch.save_file(safetensors_tensors(), path, metadata=metadata)
    return describe_safetensors([path], metadata)


def write_sharded(folder):
    folder.mkdir()
    tensors = {f"model.layers.{i}.weight": torch.full((4, 8), float(i)) for i in range(5)}
    huggingface_hub.save_torch_state_dict(
        tensors, folder, max_shard_size=300, metadata={"format": "pt"})
    (folder / "config.json").write_text("{}\n", "utf-8")
    paths = sorted(folder.glob("*.safetensors"))
    if len(paths) < 2:
        raise ValueError(f"{folder}: expected several shards")
    return describe_safetensors(paths, {"format": "pt"})


def save_json(path, value):
    text = json.dumps(value, ensure_ascii=True, indent=1, allow_nan=False)
    path.write_text(text + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=pathlib.Path)
    out = parser.parse_args().out
    out.mkdir(parents=True)

    write_gguf(out / "v3.gguf", alignment=128)
    save_json(out / "v3.gguf.json", describe_gguf([out / "v3.gguf"]))
    write_gguf(out / "v2.gguf", version=2)
    save_json(out / "v2.gguf.json", describe_gguf([out / "v2.gguf"]))
    save_json(out / "split.json", describe_gguf(write_split(out / "split")))
    save_json(out / "all.safetensors.json", write_safetensors(out / "all.safetensors"))
    save_json(out / "sharded.json", write_sharded(out / "sharded"))

    write_gguf(out / "big-endian.gguf", endianess=gguf.GGUFEndian.BIG)
    write_plain(out / "plain.gguf")
    write_unknown_type(out / "unknown-type.gguf")
    safetensors.torch.save_file(
        {"known": torch.zeros(2), "unknown": torch.zeros(2).to(torch.float8_e5m2)},
        out / "unknown-dtype.safetensors")


if __name__ == "__main__":
    main()
