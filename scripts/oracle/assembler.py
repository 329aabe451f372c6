#!/usr/bin/env python3
"""Instructions and their bytes as GNU as encodes them, for the engine's own assembler.

    assembler.py > engine/src/test/resources/io/longhaul/engine/kernel/machine/instructions.txt

Needs as and objcopy (binutils). A line is an instruction, a colon and its bytes. Displacements are
forced to 32 bits, as the engine always writes them.
"""
import pathlib
import subprocess
import tempfile

BASES = ["rdi", "rax", "r9", "r11"]
ADDRESSES = ["[rdi+0]", "[rcx+64]", "[r8-34]", "[r9+1024]", "[rsi+rdi*1+7]", "[rdi+rsi*2+2]",
             "[r10+rax*4+18]", "[rax+r11*8+305419896]", "[r9+r10*1+0]"]
REGISTERS = [0, 5, 8, 15, 16, 23, 24, 31]


def vectors():
    """Three-operand choices that use every register bit in every place."""
    return [(REGISTERS[i], REGISTERS[(i + 3) % 8], REGISTERS[(i + 5) % 8]) for i in range(8)]


def instructions():
    for a, b, c in vectors():
        yield f"vmulps zmm{a}, zmm{b}, zmm{c}"
        yield f"vmaxps zmm{a}, zmm{b}, zmm{c}"
        yield f"vpxord zmm{a}, zmm{b}, zmm{c}"
        yield f"vfmadd231ps zmm{a}, zmm{b}, zmm{c}"
        yield f"vcvtdq2ps zmm{a}, zmm{b}"
        yield f"vcvtph2ps zmm{a}, ymm{b}"
    for i, address in enumerate(ADDRESSES):
        a, b, _ = vectors()[i % 8]
        yield f"vmovups zmm{a}, {address}"
        yield f"vmovups {address}, zmm{a}"
        yield f"vpmovsxbd zmm{a}, {address}"
        yield f"vpbroadcastw ymm{a}, {address}"
        yield f"vbroadcastss zmm{a}, {address}"
        yield f"vcvtph2ps zmm{a}, {address}"
        yield f"vfmadd231ps zmm{a}, zmm{b}, {address}" + "{1to16}"
        yield f"prefetcht0 {address}"
        yield f"prefetcht1 {address}"
        for base in BASES:
            yield f"lea {base}, {address}"
    for base in BASES:
        yield f"add {base}, 34"
        yield f"add {base}, 305419896"
        yield f"mov {base}, 128"
        yield f"dec {base}"
    yield "vzeroupper"
    yield "ret"


def source(instruction):
    """In as's own syntax, with the encodings that the engine uses."""
    name = instruction.split()[0]
    sizes = {"vmovups": "zmmword", "vpmovsxbd": "xmmword", "vpbroadcastw": "word",
             "vbroadcastss": "dword", "vcvtph2ps": "ymmword", "vfmadd231ps": "dword",
             "prefetcht0": "byte", "prefetcht1": "byte"}
    text = instruction
    if "[" in instruction:
        if name in sizes:
            text = text.replace("[", f"{sizes[name]} ptr [")
        return "{evex} {disp32} " + text if name.startswith("v") else "{disp32} " + text
    if name == "add":
        register, value = instruction[4:].split(", ")
        number = {"rax": 0, "rdi": 7, "r9": 1, "r11": 3}[register]
        rex = 0x49 if register.startswith("r9") or register == "r11" else 0x48
        data = [rex, 0x81, 0xC0 | number] + list(int(value).to_bytes(4, "little"))
        # as shortens small constants, and rax has a form of its own; this is the long form by the
        # manual: REX.W 81 /0 id.
        short = int(value) < 128 or register == "rax"
        return ".byte " + ", ".join(map(str, data)) if short else text
    return "{evex} " + text if name.startswith("v") and name != "vzeroupper" else text


def encode(instruction):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "a.s").write_text(".intel_syntax noprefix\n" + source(instruction) + "\n")
        subprocess.run(["as", "-o", path / "a.o", path / "a.s"], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", path / "a.o", path / "a.bin"],
                       check=True)
        return (path / "a.bin").read_bytes().hex(" ")


if __name__ == "__main__":
    for line in instructions():
        print(f"{line}: {encode(line)}")
