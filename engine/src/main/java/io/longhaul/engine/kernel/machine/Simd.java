package io.longhaul.engine.kernel.machine;

/**
 * The vector instructions that the kernels are made of (Intel 64 and IA-32 Architectures Software
 * Developer's Manual, volume 2). Constants are named after the mnemonics of the EVEX forms; the VEX
 * forms of some have others (VPXOR, VINSERTF128). What they do is in the manual.
 */
enum Simd {
  VMOVUPS(Map.OF, Prefix.NONE, 0x10),
  VADDPS(Map.OF, Prefix.NONE, 0x58),
  VMULPS(Map.OF, Prefix.NONE, 0x59),
  VSUBPS(Map.OF, Prefix.NONE, 0x5C),
  VMINPS(Map.OF, Prefix.NONE, 0x5D),
  VDIVPS(Map.OF, Prefix.NONE, 0x5E),
  VMAXPS(Map.OF, Prefix.NONE, 0x5F),
  VSQRTPS(Map.OF, Prefix.NONE, 0x51),
  VCVTDQ2PS(Map.OF, Prefix.NONE, 0x5B),
  VUNPCKLPS(Map.OF, Prefix.NONE, 0x14),
  VUNPCKHPS(Map.OF, Prefix.NONE, 0x15),
  VUNPCKLPD(Map.OF, Prefix.P66, 0x14, 1),
  VUNPCKHPD(Map.OF, Prefix.P66, 0x15, 1),
  VCVTPS2DQ(Map.OF, Prefix.P66, 0x5B),
  /** A float, or eight bytes, from memory; zeros above. */
  VMOVSS(Map.OF, Prefix.PF3, 0x10),
  VMOVSD(Map.OF, Prefix.PF2, 0x10, 1),
  /** Eight bytes of memory to the upper half of 16. */
  VMOVHPS(Map.OF, Prefix.NONE, 0x16),
  VSHUFPS(Map.OF, Prefix.NONE, 0xC6),
  VMOVDQU8(Map.OF, Prefix.PF2, 0x6F),
  /** In VEX forms alone: that of AVX-512 has a mask for its destination. */
  VPCMPEQB(Map.OF, Prefix.P66, 0x74),
  VPADDB(Map.OF, Prefix.P66, 0xFC),
  VPADDW(Map.OF, Prefix.P66, 0xFD),
  VPADDD(Map.OF, Prefix.P66, 0xFE),
  VPSUBB(Map.OF, Prefix.P66, 0xF8),
  VPSUBW(Map.OF, Prefix.P66, 0xF9),
  VPSUBD(Map.OF, Prefix.P66, 0xFA),
  VPANDD(Map.OF, Prefix.P66, 0xDB),
  VPORD(Map.OF, Prefix.P66, 0xEB),
  VPXORD(Map.OF, Prefix.P66, 0xEF),
  VPACKSSDW(Map.OF, Prefix.P66, 0x6B),
  VPACKSSWB(Map.OF, Prefix.P66, 0x63),
  VPUNPCKLBW(Map.OF, Prefix.P66, 0x60),
  VPUNPCKHBW(Map.OF, Prefix.P66, 0x68),
  VPUNPCKLWD(Map.OF, Prefix.P66, 0x61),
  VPUNPCKHWD(Map.OF, Prefix.P66, 0x69),
  VPMULLW(Map.OF, Prefix.P66, 0xD5),
  VPMADDWD(Map.OF, Prefix.P66, 0xF5),
  VPSHUFD(Map.OF, Prefix.P66, 0x70),
  /** To a vector; the EVEX form is another one, to a mask. */
  VPCMPEQW(Map.OF, Prefix.P66, 0x75),
  VPSHUFB(Map.OF38, Prefix.P66, 0x00),
  VPMADDUBSW(Map.OF38, Prefix.P66, 0x04),
  VCVTPH2PS(Map.OF38, Prefix.P66, 0x13),
  VPERMPS(Map.OF38, Prefix.P66, 0x16),
  VPERMD(Map.OF38, Prefix.P66, 0x36),
  VPERMW(Map.OF38, Prefix.P66, 0x8D, 1),
  VPERMB(Map.OF38, Prefix.P66, 0x8D),
  VPERMI2W(Map.OF38, Prefix.P66, 0x75, 1),
  VPERMI2B(Map.OF38, Prefix.P66, 0x75),
  VPERMT2B(Map.OF38, Prefix.P66, 0x7D),
  VPMULTISHIFTQB(Map.OF38, Prefix.P66, 0x83, 1),
  VBROADCASTSS(Map.OF38, Prefix.P66, 0x18),
  VBROADCASTI32X4(Map.OF38, Prefix.P66, 0x5A),
  VBROADCASTI64X4(Map.OF38, Prefix.P66, 0x5B, 1),
  VPBROADCASTB(Map.OF38, Prefix.P66, 0x78),
  VPBROADCASTW(Map.OF38, Prefix.P66, 0x79),
  VPBROADCASTD(Map.OF38, Prefix.P66, 0x58),
  VPBROADCASTQ(Map.OF38, Prefix.P66, 0x59, 1),
  VPMOVSXBW(Map.OF38, Prefix.P66, 0x20),
  VPMOVSXBD(Map.OF38, Prefix.P66, 0x21),
  VPMOVSXWD(Map.OF38, Prefix.P66, 0x23),
  VPMOVZXBW(Map.OF38, Prefix.P66, 0x30),
  VPMOVZXBD(Map.OF38, Prefix.P66, 0x31),
  VPMOVZXWD(Map.OF38, Prefix.P66, 0x33),
  VPMAXSB(Map.OF38, Prefix.P66, 0x3C),
  VPMAXSD(Map.OF38, Prefix.P66, 0x3D),
  VPSRLVW(Map.OF38, Prefix.P66, 0x10, 1),
  VPSLLVW(Map.OF38, Prefix.P66, 0x12, 1),
  VPSRLVD(Map.OF38, Prefix.P66, 0x45),
  VPSRAVD(Map.OF38, Prefix.P66, 0x46),
  VPROLVD(Map.OF38, Prefix.P66, 0x15),
  VPSLLVD(Map.OF38, Prefix.P66, 0x47),
  VSCALEFPS(Map.OF38, Prefix.P66, 0x2C),
  VPDPBUSD(Map.OF38, Prefix.P66, 0x50),
  VPDPWSSD(Map.OF38, Prefix.P66, 0x52),
  VDPBF16PS(Map.OF38, Prefix.PF3, 0x52),
  VCVTNE2PS2BF16(Map.OF38, Prefix.PF2, 0x72),
  VFMADD213PS(Map.OF38, Prefix.P66, 0xA8),
  VFMADD231PS(Map.OF38, Prefix.P66, 0xB8),
  VFNMADD231PS(Map.OF38, Prefix.P66, 0xBC),
  VPTERNLOGD(Map.OF3A, Prefix.P66, 0x25),
  VSHUFF32X4(Map.OF3A, Prefix.P66, 0x23),
  VINSERTPS(Map.OF3A, Prefix.P66, 0x21),
  VRNDSCALEPS(Map.OF3A, Prefix.P66, 0x08),
  VINSERTF32X4(Map.OF3A, Prefix.P66, 0x18),
  VINSERTF64X4(Map.OF3A, Prefix.P66, 0x1A, 1),
  VALIGND(Map.OF3A, Prefix.P66, 0x03),
  /** Here and below the destination is the register or memory operand, the source the other. */
  VMOVUPS_STORE(Map.OF, Prefix.NONE, 0x11),
  VCVTPS2PH(Map.OF3A, Prefix.P66, 0x1D),
  VEXTRACTPS(Map.OF3A, Prefix.P66, 0x17),
  VPMOVDW(Map.OF38, Prefix.PF3, 0x33),
  VPMOVSDW(Map.OF38, Prefix.PF3, 0x23),
  VPMOVDB(Map.OF38, Prefix.PF3, 0x31),
  VEXTRACTF32X4(Map.OF3A, Prefix.P66, 0x19),
  VEXTRACTF64X4(Map.OF3A, Prefix.P66, 0x1B, 1);

  /** The opcode map. */
  enum Map {
    OF(1),
    OF38(2),
    OF3A(3);

    final int code;

    Map(int code) {
      this.code = code;
    }
  }

  /** The prefix that is a part of the opcode. */
  enum Prefix {
    NONE(0),
    P66(1),
    PF3(2),
    PF2(3);

    final int code;

    Prefix(int code) {
      this.code = code;
    }
  }

  final Map map;
  final Prefix prefix;
  final int opcode;
  final int w;

  Simd(Map map, Prefix prefix, int opcode) {
    this(map, prefix, opcode, 0);
  }

  Simd(Map map, Prefix prefix, int opcode, int w) {
    this.map = map;
    this.prefix = prefix;
    this.opcode = opcode;
    this.w = w;
  }
}
