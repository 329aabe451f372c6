package io.longhaul.engine.kernel.machine.interpreter;

import static io.longhaul.engine.kernel.machine.interpreter.Spec.NO_PREFIX;
import static io.longhaul.engine.kernel.machine.interpreter.Spec.OF;
import static io.longhaul.engine.kernel.machine.interpreter.Spec.OF38;
import static io.longhaul.engine.kernel.machine.interpreter.Spec.OF3A;
import static io.longhaul.engine.kernel.machine.interpreter.Spec.P66;
import static io.longhaul.engine.kernel.machine.interpreter.Spec.PF2;
import static io.longhaul.engine.kernel.machine.interpreter.Spec.PF3;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The vector instructions (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2),
 * independent of what the engine's assembler thinks they are.
 */
enum Operation {
  // Floats

  VMOVUPS(Spec.of(OF, NO_PREFIX, 0x10).oneSource(), Movements::move),
  VMOVUPS_STORE(Spec.of(OF, NO_PREFIX, 0x11).store(), Movements::store),
  VMOVDQU8(Spec.of(OF, PF2, 0x6F).evexOnly().oneSource().element(1), Movements::move),
  VADDPS(Spec.of(OF, NO_PREFIX, 0x58).broadcast(4), FloatSemantics.binary((a, b) -> a + b)),
  VMULPS(Spec.of(OF, NO_PREFIX, 0x59).broadcast(4), FloatSemantics.binary((a, b) -> a * b)),
  VSUBPS(Spec.of(OF, NO_PREFIX, 0x5C).broadcast(4), FloatSemantics.binary((a, b) -> a - b)),
  VDIVPS(Spec.of(OF, NO_PREFIX, 0x5E).broadcast(4), FloatSemantics.binary((a, b) -> a / b)),
  VMINPS(Spec.of(OF, NO_PREFIX, 0x5D).broadcast(4), FloatSemantics::minimum),
  VMAXPS(Spec.of(OF, NO_PREFIX, 0x5F).broadcast(4), FloatSemantics::maximum),
  VSQRTPS(Spec.of(OF, NO_PREFIX, 0x51).broadcast(4).oneSource(), FloatSemantics::squareRoot),
  VSCALEFPS(
      Spec.of(OF38, P66, 0x2C).broadcast(4).evexOnly(),
      FloatSemantics.binary(FloatSemantics::scale)),
  VROUNDPS(
      Spec.of(OF3A, P66, 0x08).broadcast(4).oneSource().withImmediate(), FloatSemantics::round),
  VFMADD213PS(
      Spec.of(OF38, P66, 0xA8).broadcast(4),
      FloatSemantics.ternary((old, a, b) -> Math.fma(a, old, b))),
  VFMADD231PS(
      Spec.of(OF38, P66, 0xB8).broadcast(4),
      FloatSemantics.ternary((old, a, b) -> Math.fma(a, b, old))),
  VFNMADD231PS(
      Spec.of(OF38, P66, 0xBC).broadcast(4),
      FloatSemantics.ternary((old, a, b) -> Math.fma(-a, b, old))),
  VCVTDQ2PS(Spec.of(OF, NO_PREFIX, 0x5B).broadcast(4).oneSource(), FloatSemantics::ofInts),
  VCVTPS2DQ(Spec.of(OF, P66, 0x5B).broadcast(4).oneSource(), FloatSemantics::toInts),
  VCVTPH2PS(Spec.of(OF38, P66, 0x13).oneSource().memoryPart(2), FloatSemantics::ofHalves),
  VCVTPS2PH(
      Spec.of(OF3A, P66, 0x1D).store().withImmediate().element(2).memoryPart(2),
      FloatSemantics::toHalves),
  VDPBF16PS(Spec.of(OF38, PF3, 0x52).broadcast(4).evexOnly(), Operation::unknown),
  VCVTNE2PS2BF16(
      Spec.of(OF38, PF2, 0x72).broadcast(4).evexOnly().element(2).acrossLanes(),
      Operation::unknown),

  // Ints

  VPADDB(Spec.of(OF, P66, 0xFC).element(1), IntSemantics.bytes(Integer::sum)),
  VPADDW(Spec.of(OF, P66, 0xFD).element(2), IntSemantics.shorts(Integer::sum)),
  VPADDD(Spec.of(OF, P66, 0xFE).broadcast(4), IntSemantics.ints(Integer::sum)),
  VPSUBB(Spec.of(OF, P66, 0xF8).element(1), IntSemantics.bytes((a, b) -> a - b)),
  VPSUBW(Spec.of(OF, P66, 0xF9).element(2), IntSemantics.shorts((a, b) -> a - b)),
  VPCMPEQB(
      Spec.of(OF, P66, 0x74).vexOnly().element(1), IntSemantics.bytes((a, b) -> a == b ? -1 : 0)),
  VPCMPEQW(
      Spec.of(OF, P66, 0x75).vexOnly().element(2), IntSemantics.shorts((a, b) -> a == b ? -1 : 0)),
  VPSUBD(Spec.of(OF, P66, 0xFA).broadcast(4), IntSemantics.ints((a, b) -> a - b)),
  VPAND(Spec.of(OF, P66, 0xDB).broadcast(4), IntSemantics.ints((a, b) -> a & b)),
  VPOR(Spec.of(OF, P66, 0xEB).broadcast(4), IntSemantics.ints((a, b) -> a | b)),
  VPXOR(Spec.of(OF, P66, 0xEF).broadcast(4), IntSemantics.ints((a, b) -> a ^ b)),
  VPTERNLOGD(
      Spec.of(OF3A, P66, 0x25).broadcast(4).evexOnly().withImmediate(), IntSemantics::ternaryLogic),
  VPMAXSB(
      Spec.of(OF38, P66, 0x3C).element(1),
      IntSemantics.bytes((a, b) -> Math.max((byte) a, (byte) b))),
  VPMULLW(Spec.of(OF, P66, 0xD5).element(2), IntSemantics.shorts((a, b) -> a * b)),
  VPMAXSD(Spec.of(OF38, P66, 0x3D).broadcast(4), IntSemantics.ints(Math::max)),
  VPMADDWD(Spec.of(OF, P66, 0xF5), IntSemantics::multiplyShorts),
  VPMADDUBSW(Spec.of(OF38, P66, 0x04).element(2), IntSemantics::multiplyBytesToShorts),
  VPDPBUSD(Spec.of(OF38, P66, 0x50).broadcast(4).evexOnly(), IntSemantics::addDotsOfBytes),
  VPDPWSSD(Spec.of(OF38, P66, 0x52).broadcast(4).evexOnly(), IntSemantics::addDotsOfShorts),
  VPTESTMB(
      Spec.of(OF38, P66, 0x26).evexOnly().form(Spec.Form.TO_MASK).element(1),
      IntSemantics::testBytes),
  VPMULTISHIFTQB(
      Spec.of(OF38, P66, 0x83).broadcast(8).evexOnly().w1().element(1).acrossLanes(),
      IntSemantics::multiShift),
  VPSRLW(
      Spec.of(OF, P66, 0x71).shift(2).element(2),
      IntSemantics.shortsByImmediate(IntSemantics::shiftShortRight)),
  VPSRAW(
      Spec.of(OF, P66, 0x71).shift(4).element(2),
      IntSemantics.shortsByImmediate(IntSemantics::shiftShortRightSigned)),
  VPSLLW(
      Spec.of(OF, P66, 0x71).shift(6).element(2),
      IntSemantics.shortsByImmediate(IntSemantics::shiftShortLeft)),
  VPSRLD(Spec.of(OF, P66, 0x72).shift(2), IntSemantics.intsByImmediate(IntSemantics::shiftRight)),
  VPSRAD(
      Spec.of(OF, P66, 0x72).shift(4),
      IntSemantics.intsByImmediate(IntSemantics::shiftRightSigned)),
  VPSLLD(Spec.of(OF, P66, 0x72).shift(6), IntSemantics.intsByImmediate(IntSemantics::shiftLeft)),
  VPSRLVW(
      Spec.of(OF38, P66, 0x10).evexOnly().w1().element(2),
      IntSemantics.shorts(IntSemantics::shiftShortRight)),
  VPSLLVW(
      Spec.of(OF38, P66, 0x12).evexOnly().w1().element(2),
      IntSemantics.shorts(IntSemantics::shiftShortLeft)),
  VPSRLVD(Spec.of(OF38, P66, 0x45).broadcast(4), IntSemantics.ints(IntSemantics::shiftRight)),
  VPSRAVD(Spec.of(OF38, P66, 0x46).broadcast(4), IntSemantics.ints(IntSemantics::shiftRightSigned)),
  VPSLLVD(Spec.of(OF38, P66, 0x47).broadcast(4), IntSemantics.ints(IntSemantics::shiftLeft)),
  VPROLVD(Spec.of(OF38, P66, 0x15).broadcast(4).evexOnly(), IntSemantics.ints(Integer::rotateLeft)),
  VPMOVSXBW(
      Spec.of(OF38, P66, 0x20).oneSource().element(2).memoryPart(2),
      IntSemantics::signedBytesToShorts),
  VPMOVSXBD(Spec.of(OF38, P66, 0x21).oneSource().memoryPart(4), IntSemantics::signedBytesToInts),
  VPMOVSXWD(Spec.of(OF38, P66, 0x23).oneSource().memoryPart(2), IntSemantics::signedShortsToInts),
  VPMOVZXBW(
      Spec.of(OF38, P66, 0x30).oneSource().element(2).memoryPart(2),
      IntSemantics::unsignedBytesToShorts),
  VPMOVZXBD(Spec.of(OF38, P66, 0x31).oneSource().memoryPart(4), IntSemantics::unsignedBytesToInts),
  VPMOVZXWD(Spec.of(OF38, P66, 0x33).oneSource().memoryPart(2), IntSemantics::unsignedShortsToInts),
  VPMOVDW(
      Spec.of(OF38, PF3, 0x33).evexOnly().store().element(2).memoryPart(2),
      IntSemantics::intsToShorts),
  VPMOVSDW(
      Spec.of(OF38, PF3, 0x23).evexOnly().store().element(2).memoryPart(2),
      IntSemantics::intsToShortsSaturated),
  VPMOVDB(
      Spec.of(OF38, PF3, 0x31).evexOnly().store().element(1).memoryPart(4),
      IntSemantics::intsToBytes),
  VPACKSSDW(Spec.of(OF, P66, 0x6B).broadcast(4).element(2).acrossLanes(), IntSemantics::packInts),
  VPACKSSWB(Spec.of(OF, P66, 0x63).element(1).acrossLanes(), IntSemantics::packShorts),

  // Movements

  VUNPCKLPS(
      Spec.of(OF, NO_PREFIX, 0x14).broadcast(4).acrossLanes(), Movements.interleave(4, false)),
  VUNPCKHPS(Spec.of(OF, NO_PREFIX, 0x15).broadcast(4).acrossLanes(), Movements.interleave(4, true)),
  VUNPCKLPD(
      Spec.of(OF, P66, 0x14).w1().broadcast(8).element(8).acrossLanes(),
      Movements.interleave(8, false)),
  VUNPCKHPD(
      Spec.of(OF, P66, 0x15).w1().broadcast(8).element(8).acrossLanes(),
      Movements.interleave(8, true)),
  VPUNPCKLBW(Spec.of(OF, P66, 0x60).element(1).acrossLanes(), Movements.interleave(1, false)),
  VPUNPCKHBW(Spec.of(OF, P66, 0x68).element(1).acrossLanes(), Movements.interleave(1, true)),
  VPUNPCKLWD(Spec.of(OF, P66, 0x61).element(2).acrossLanes(), Movements.interleave(2, false)),
  VPUNPCKHWD(Spec.of(OF, P66, 0x69).element(2).acrossLanes(), Movements.interleave(2, true)),
  VPSHUFD(
      Spec.of(OF, P66, 0x70).broadcast(4).oneSource().withImmediate().acrossLanes(),
      Movements::shuffleInts),
  VPSHUFB(Spec.of(OF38, P66, 0x00).element(1).acrossLanes(), Movements::shuffleBytes),
  VSHUFF32X4(
      Spec.of(OF3A, P66, 0x23).broadcast(4).evexOnly().from(32).withImmediate().acrossLanes(),
      Movements::shuffleQuarters),
  VPERMPS(Spec.of(OF38, P66, 0x16).broadcast(4).from(32).acrossLanes(), Movements.permute(4)),
  VPERMD(Spec.of(OF38, P66, 0x36).broadcast(4).from(32).acrossLanes(), Movements.permute(4)),
  VPERMW(Spec.of(OF38, P66, 0x8D).evexOnly().w1().element(2).acrossLanes(), Movements.permute(2)),
  VPERMB(Spec.of(OF38, P66, 0x8D).evexOnly().element(1).acrossLanes(), Movements.permute(1)),
  VPERMI2W(
      Spec.of(OF38, P66, 0x75).evexOnly().w1().element(2).acrossLanes(),
      Movements.permuteBySelf(2)),
  VPERMI2B(
      Spec.of(OF38, P66, 0x75).evexOnly().element(1).acrossLanes(), Movements.permuteBySelf(1)),
  VPERMT2B(
      Spec.of(OF38, P66, 0x7D).evexOnly().element(1).acrossLanes(), Movements.permuteWithSelf(1)),
  VALIGND(
      Spec.of(OF3A, P66, 0x03).broadcast(4).evexOnly().withImmediate().acrossLanes(),
      Movements::align),
  VBROADCASTSS(Spec.of(OF38, P66, 0x18).oneSource().memoryOf(4), Movements.broadcast(4)),
  VBROADCASTI32X4(
      Spec.of(OF38, P66, 0x5A).oneSource().memoryOf(16).from(32), Movements.broadcast(16)),
  VBROADCASTI64X4(
      Spec.of(OF38, P66, 0x5B).evexOnly().w1().oneSource().element(8).memoryOf(32).only(64),
      Movements.broadcast(32)),
  VPBROADCASTB(Spec.of(OF38, P66, 0x78).oneSource().element(1).memoryOf(1), Movements.broadcast(1)),
  VPBROADCASTW(Spec.of(OF38, P66, 0x79).oneSource().element(2).memoryOf(2), Movements.broadcast(2)),
  VPBROADCASTD(Spec.of(OF38, P66, 0x58).oneSource().memoryOf(4), Movements.broadcast(4)),
  VPBROADCASTQ(
      Spec.of(OF38, P66, 0x59).oneSource().w1().element(8).memoryOf(8), Movements.broadcast(8)),
  VPBROADCASTD_GENERAL(
      Spec.of(OF38, P66, 0x7C).evexOnly().form(Spec.Form.FROM_GENERAL), Movements.broadcast(4)),
  VMOVD(Spec.of(OF, P66, 0x6E).form(Spec.Form.FROM_GENERAL).only(16), Movements::move),
  VMOVSS(
      Spec.of(OF, PF3, 0x10).vexOnly().oneSource().memoryOf(4).only(16), Movements.loadLowest(4)),
  VMOVSD(
      Spec.of(OF, PF2, 0x10).vexOnly().oneSource().memoryOf(8).only(16), Movements.loadLowest(8)),
  VMOVHPS(Spec.of(OF, NO_PREFIX, 0x16).vexOnly().memoryOf(8).only(16), Movements::loadUpperHalf),
  VINSERTPS(
      Spec.of(OF3A, P66, 0x21).vexOnly().withImmediate().memoryOf(4).only(16),
      Movements::insertFloat),
  VSHUFPS(
      Spec.of(OF, NO_PREFIX, 0xC6).vexOnly().withImmediate().acrossLanes(),
      Movements::shuffleFloats),
  VINSERTF32X4(
      Spec.of(OF3A, P66, 0x18).withImmediate().memoryOf(16).from(32).acrossLanes(),
      Movements.insert(16)),
  VINSERTF64X4(
      Spec.of(OF3A, P66, 0x1A)
          .evexOnly()
          .w1()
          .withImmediate()
          .element(8)
          .memoryOf(32)
          .only(64)
          .acrossLanes(),
      Movements.insert(32)),
  VEXTRACTPS(
      Spec.of(OF3A, P66, 0x17).store().withImmediate().memoryOf(4).only(16), Movements.extract(4)),
  VEXTRACTF32X4(
      Spec.of(OF3A, P66, 0x19).store().withImmediate().memoryOf(16).from(32),
      Movements.extract(16)),
  VEXTRACTF64X4(
      Spec.of(OF3A, P66, 0x1B)
          .evexOnly()
          .w1()
          .store()
          .withImmediate()
          .element(8)
          .memoryOf(32)
          .only(64),
      Movements.extract(32)),
  VGATHERDPS(Spec.of(OF38, P66, 0x92).evexOnly().form(Spec.Form.GATHER), Operation::unknown);

  private static final Map<Integer, List<Operation>> BY_OPCODE =
      Arrays.stream(values()).collect(Collectors.groupingBy(op -> op.spec.opcode()));

  @SuppressWarnings("ImmutableEnumChecker") // changed while it is made alone
  private final Spec spec;

  @SuppressWarnings("ImmutableEnumChecker") // functions of their arguments alone
  private final Semantics semantics;

  Operation(Spec spec, Semantics semantics) {
    this.spec = spec;
    this.semantics = semantics;
  }

  /** What a prefix, an opcode and the register of a ModRM byte name. */
  static Optional<Operation> of(Prefix prefix, int opcode, int reg) {
    return BY_OPCODE.getOrDefault(opcode, List.of()).stream()
        .filter(op -> op.spec.isEncodedBy(prefix, reg))
        .findFirst();
  }

  Spec spec() {
    return spec;
  }

  Semantics semantics() {
    return semantics;
  }

  private static void unknown(Semantics.Sources from, Lanes to) {
    throw new AssertionError("the interpreter does not know what this instruction computes");
  }
}
