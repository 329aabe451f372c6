#!/usr/bin/env python3
"""Instructions and their bytes as GNU as encodes them, for the engine's own assembler.

    assembler.py > engine/src/test/resources/io/longhaul/engine/kernel/machine/instructions.txt

Needs as and objcopy (binutils). A line is an instruction, a colon and its bytes. Displacements are
forced to 32 bits, and constants written in four bytes, as the engine always does. What begins with
"vex" has a VEX prefix of three bytes, other vector instructions an EVEX prefix.
"""
import pathlib
import subprocess
import tempfile

BASES = ["rdi", "rax", "r9", "r11", "rbx", "r12", "r13", "rbp"]
ADDRESSES = ["[rdi+0]", "[rcx+64]", "[r8-34]", "[r9+1024]", "[rsi+rdi*1+7]", "[rdi+rsi*2+2]",
             "[r10+rax*4+18]", "[rax+r11*8+305419896]", "[r9+r10*1+0]", "[r12+8]", "[r13+0]",
             "[rbp+r12*2+0]", "[r12+rbx*1+16]"]
REGISTERS = [0, 5, 8, 15, 16, 23, 24, 31]

# mnemonic: operands by width in bits (d destination, a and b sources, i immediate), the size of
# the memory operand, and whether an element can be broadcast from memory.
THREE = ["vaddps", "vmulps", "vsubps", "vminps", "vdivps", "vmaxps", "vunpcklps", "vunpckhps",
         "vpaddd", "vpsubd", "vpandd", "vpord", "vpxord", "vpackssdw", "vpermps", "vpermd",
         "vpmaxsd", "vpsrlvd", "vpsravd", "vpsllvd", "vprolvd", "vscalefps", "vpdpbusd", "vpdpwssd",
         "vdpbf16ps", "vcvtne2ps2bf16", "vfmadd213ps", "vfmadd231ps", "vfnmadd231ps"]
THREE_WHOLE = ["vpsubb", "vpaddb", "vpaddw", "vpmaddwd", "vpmaddubsw", "vpshufb", "vpermw",
               "vpermb", "vpermi2w", "vpermi2b", "vpermt2b", "vpmultishiftqb", "vpsrlvw", "vpsllvw",
               "vpacksswb", "vpunpcklbw", "vpunpckhbw", "vpunpcklwd", "vpunpckhwd", "vunpcklpd",
               "vunpckhpd"]
TWO = ["vcvtdq2ps", "vcvtps2dq", "vsqrtps"]
WIDER = {"vcvtph2ps": (256, "ymmword"), "vpmovsxbw": (256, "ymmword"),
         "vpmovzxbw": (256, "ymmword"), "vpmovsxwd": (256, "ymmword"),
         "vpmovzxwd": (256, "ymmword"), "vpmovsxbd": (128, "xmmword"),
         "vpmovzxbd": (128, "xmmword"), "vbroadcastss": (128, "dword"),
         "vpbroadcastb": (128, "byte"), "vpbroadcastw": (128, "word"),
         "vpbroadcastd": (128, "dword"), "vpbroadcastq": (128, "qword")}
LOADED = {"vbroadcasti32x4": "xmmword", "vbroadcasti64x4": "ymmword"}
WITH_IMMEDIATE = ["vpternlogd", "vshuff32x4", "valignd"]
INSERTED = {"vinsertf32x4": (128, "xmmword"), "vinsertf64x4": (256, "ymmword")}
STORED = {"vpmovdw": (256, "ymmword", False), "vpmovsdw": (256, "ymmword", False),
          "vpmovdb": (128, "xmmword", False), "vcvtps2ph": (256, "ymmword", True),
          "vextractf32x4": (128, "xmmword", True), "vextractf64x4": (256, "ymmword", True)}
REGISTER_NAME = {128: "xmm", 256: "ymm", 512: "zmm"}


def vectors():
    """Three-operand choices that use every register bit in every place."""
    return [(REGISTERS[i], REGISTERS[(i + 3) % 8], REGISTERS[(i + 5) % 8]) for i in range(8)]


def two_places():
    """A few of the choices, and addresses to go with them, for instructions of a known kind."""
    return [(*vectors()[i], ADDRESSES[j]) for i, j in ((1, 2), (3, 5), (4, 9), (6, 11))]


def instructions():
    for name in THREE + THREE_WHOLE:
        for a, b, c, address in two_places():
            yield f"{name} zmm{a}, zmm{b}, zmm{c}"
            yield f"{name} zmm{a}, zmm{b}, zmmword ptr {address}"
            if name in THREE and name not in ("vunpcklps", "vunpckhps"):
                yield f"{name} zmm{a}, zmm{b}, {address}" + "{1to16}"
        yield f"{name} ymm{a}, ymm{b}, ymm{c}"
    for a, b, c in vectors():
        yield f"vfmadd231ps zmm{a}, zmm{b}, zmm{c}"
        yield f"vfmadd231ps zmm{a}" + "{k3}" + f", zmm{b}, zmm{c}"
    for name in TWO:
        for a, b, _, address in two_places():
            yield f"{name} zmm{a}, zmm{b}"
            yield f"{name} zmm{a}, zmmword ptr {address}"
    for name, (bits, size) in WIDER.items():
        for a, b, _, address in two_places():
            yield f"{name} zmm{a}, {REGISTER_NAME[bits]}{b}"
            yield f"{name} zmm{a}, {size} ptr {address}"
        yield f"{name} ymm{a}, {REGISTER_NAME[bits // 2 if bits > 128 else 128]}{b}"
    for name, size in LOADED.items():
        for a, _, _, address in two_places():
            yield f"{name} zmm{a}, {size} ptr {address}"
    for name in WITH_IMMEDIATE:
        for a, b, c, address in two_places():
            yield f"{name} zmm{a}, zmm{b}, zmm{c}, 216"
    for name, (bits, size) in INSERTED.items():
        for a, b, c, address in two_places():
            yield f"{name} zmm{a}, zmm{b}, {REGISTER_NAME[bits]}{c}, 1"
            yield f"{name} zmm{a}, zmm{b}, {size} ptr {address}, 1"
    for name, (bits, size, immediate) in STORED.items():
        for a, b, _, address in two_places():
            last = ", 1" if immediate else ""
            yield f"{name} {REGISTER_NAME[bits]}{a}, zmm{b}{last}"
            yield f"{name} {size} ptr {address}, zmm{b}{last}"
    for a, b, c, address in two_places():
        yield f"vpshufd zmm{a}, zmm{b}, 78"
        yield f"vptestmb k{a % 6 + 1}, zmm{b}, zmm{c}"
        yield f"vmovdqu8 zmm{a}" + "{k5}{z}, zmmword ptr " + address
        yield f"kmovq k{a % 6 + 1}, qword ptr {address}"
    for a, b, _, address in two_places():
        yield f"vextractps dword ptr {address}, xmm{a}, 0"
        yield f"vrndscaleps zmm{a}, zmm{b}, 0"
        for name in ("vpsrld", "vpsrad", "vpslld", "vpsrlw", "vpsllw"):
            yield f"{name} zmm{a}, zmm{b}, 4"
            yield f"{name} ymm{a}, ymm{b}, 4"
        yield f"vmovups zmm{a}" + "{k2}, zmmword ptr " + address
        yield f"vmovups zmm{a}" + "{k1}{z}, zmmword ptr " + address
        yield f"vmovups zmmword ptr {address}" + "{k4}" + f", zmm{a}"
        yield f"vmovups ymmword ptr {address}, ymm{a}"
        yield f"vmovups xmm{a}, xmmword ptr {address}"
        yield f"vgatherdps zmm{a}" + "{k1}" + f", [rdi+zmm{b}*4+64]"
        yield f"vgatherdps zmm{a}" + "{k2}" + f", [r9+zmm{b}*8+0]"
    for i, address in enumerate(ADDRESSES):
        a, b, _ = vectors()[i % 8]
        yield f"vmovups zmm{a}, zmmword ptr {address}"
        yield f"vmovups zmmword ptr {address}, zmm{a}"
        yield f"kmovw k{i % 4 + 1}, word ptr {address}"
        yield f"prefetcht0 byte ptr {address}"
        yield f"prefetcht1 byte ptr {address}"
        for base in BASES:
            yield f"lea {base}, {address}"
        base = BASES[i % 8]
        yield f"mov {base}, qword ptr {address}"
        yield f"mov qword ptr {address}, {base}"
        yield f"mov {SHORT.get(base, base + 'd')}, dword ptr {address}"
        yield f"mov dword ptr {address}, {SHORT.get(base, base + 'd')}"
        yield f"movzx {SHORT.get(base, base + 'd')}, word ptr {address}"
        yield f"movzx {SHORT.get(base, base + 'd')}, byte ptr {address}"
    for i, base in enumerate(BASES):
        other = BASES[(i + 3) % 8]
        for name in ("add", "sub", "and", "cmp"):
            yield f"{name} {base}, 34"
            yield f"{name} {base}, 305419896"
        for name in ("mov", "add", "sub", "or", "cmp"):
            yield f"{name} {base}, {other}"
        yield f"mov {base}, 128"
        yield f"movabs {base}, 81985529216486895"
        yield f"dec {base}"
        yield f"shl {base}, 5"
        yield f"shr {base}, 8"
        yield f"push {base}"
        yield f"pop {base}"
        yield f"vpbroadcastd zmm{REGISTERS[i]}, {SHORT.get(base, base + 'd')}"
        yield f"vmovd xmm{REGISTERS[i]}, {SHORT.get(base, base + 'd')}"
        yield f"kmovw k{i % 4 + 1}, {SHORT.get(base, base + 'd')}"
    yield "vzeroupper"
    yield "ret"


# With VEX prefixes, which have sixteen registers: three operands, two, and from a narrower source.
VEX_THREE = ["vaddps", "vmulps", "vsubps", "vminps", "vdivps", "vmaxps", "vunpcklps", "vunpckhps",
             "vunpcklpd", "vunpckhpd", "vpaddb", "vpaddw", "vpaddd", "vpsubb", "vpsubw", "vpsubd", "vpcmpeqb",
             "vpcmpeqw", "vpmullw", "vpmaxsb", "vpand",
             "vpor", "vpxor", "vpackssdw", "vpacksswb", "vpunpcklbw", "vpunpckhbw", "vpunpcklwd",
             "vpunpckhwd", "vpmaddwd", "vpmaddubsw", "vpshufb", "vpermps", "vpermd", "vpmaxsd",
             "vpsrlvd", "vpsravd", "vpsllvd", "vfmadd213ps", "vfmadd231ps", "vfnmadd231ps",
             "vpcmpeqb"]
VEX_TWO = ["vmovups", "vcvtdq2ps", "vcvtps2dq", "vsqrtps"]


def vex_instructions():
    places = [(1, 6, 11, ADDRESSES[2]), (9, 12, 3, ADDRESSES[5]), (14, 4, 8, ADDRESSES[9])]
    for a, b, c, address in places:
        for name in VEX_THREE:
            yield f"{name} ymm{a}, ymm{b}, ymm{c}"
            if not name.startswith("vperm"):
                yield f"{name} xmm{a}, xmm{b}, xmm{c}"
            yield f"{name} ymm{a}, ymm{b}, ymmword ptr {address}"
        for name in VEX_TWO:
            yield f"{name} ymm{a}, ymmword ptr {address}"
            if name != "vmovups":
                yield f"{name} ymm{a}, ymm{b}"
        for name, (bits, size) in WIDER.items():
            if bits > 128:
                bits, size = 128, "xmmword"
            elif size == "xmmword":
                size = "qword"
            yield f"{name} ymm{a}, xmm{b}"
            yield f"{name} ymm{a}, {size} ptr {address}"
        yield f"vbroadcasti128 ymm{a}, xmmword ptr {address}"
        yield f"vmovups ymmword ptr {address}, ymm{a}"
        yield f"vmovups xmm{a}, xmmword ptr {address}"
        yield f"vmovups xmmword ptr {address}, xmm{a}"
        yield f"vcvtps2ph xmmword ptr {address}, ymm{a}, 0"
        yield f"vmovss xmm{a}, dword ptr {address}"
        yield f"vmovsd xmm{a}, qword ptr {address}"
        yield f"vmovhps xmm{a}, xmm{b}, qword ptr {address}"
        yield f"vinsertps xmm{a}, xmm{b}, dword ptr {address}, 48"
        yield f"vshufps ymm{a}, ymm{b}, ymm{c}, 221"
        yield f"vshufps ymm{a}, ymm{b}, ymmword ptr {address}, 221"
        yield f"vextractps dword ptr {address}, xmm{a}, 0"
        yield f"vextractf128 xmm{a}, ymm{b}, 1"
        yield f"vextractf128 xmmword ptr {address}, ymm{b}, 1"
        yield f"vinsertf128 ymm{a}, ymm{b}, xmm{c}, 1"
        yield f"vinsertf128 ymm{a}, ymm{b}, xmmword ptr {address}, 1"
        yield f"vroundps ymm{a}, ymm{b}, 0"
        yield f"vpshufd ymm{a}, ymm{b}, 78"
        for name in ("vpsrld", "vpsrad", "vpslld", "vpsrlw", "vpsraw", "vpsllw"):
            yield f"{name} ymm{a}, ymm{b}, 4"
    for i, base in enumerate(BASES):
        yield f"vmovd xmm{2 * i}, {SHORT.get(base, base + 'd')}"


SHORT = {"rdi": "edi", "rax": "eax", "rbx": "ebx", "rbp": "ebp"}


def source(instruction, vex):
    """In as's own syntax, with the encodings that the engine uses."""
    name = instruction.split()[0]
    if name in ("add", "sub", "and", "cmp") and instruction.split(", ")[1].isdigit():
        # as shortens small constants, and rax has forms of its own; this is the long form by the
        # manual: REX.W 81 /digit id.
        register, value = instruction[len(name) + 1:].split(", ")
        number = {"rax": 0, "rbx": 3, "rbp": 5, "rdi": 7, "r9": 9, "r11": 11, "r12": 12,
                  "r13": 13}[register]
        digit = {"add": 0, "and": 4, "sub": 5, "cmp": 7}[name]
        data = [0x48 | number >> 3, 0x81, 0xC0 | digit << 3 | number & 7]
        return ".byte " + ", ".join(map(str, data + list(int(value).to_bytes(4, "little"))))
    text = instruction
    if "{1to16}" in text:
        text = text.replace("[", "dword ptr [")
    if name in ("vzeroupper", "ret") or name == "kmovw" and "[" not in text:
        return text
    if vex:
        return ("{vex3} {disp32} " if "[" in text else "{vex3} ") + text
    if name.startswith("v"):
        return ("{evex} {disp32} " if "[" in text else "{evex} ") + text
    return "{disp32} " + text if "[" in text else text


def encode(instruction, vex=False):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "a.s").write_text(".intel_syntax noprefix\n" + source(instruction, vex) + "\n")
        subprocess.run(["as", "-o", path / "a.o", path / "a.s"], check=True)
        subprocess.run(["objcopy", "-O", "binary", "-j", ".text", path / "a.o", path / "a.bin"],
                       check=True)
        return (path / "a.bin").read_bytes().hex(" ")


if __name__ == "__main__":
    for line in instructions():
        print(f"{line}: {encode(line)}")
    for line in vex_instructions():
        print(f"vex {line}: {encode(line, vex=True)}")
