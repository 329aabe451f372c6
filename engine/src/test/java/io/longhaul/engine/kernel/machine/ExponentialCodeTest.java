package io.longhaul.engine.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import io.longhaul.engine.kernel.machine.Assembler.Gp;
import io.longhaul.engine.kernel.machine.Assembler.Mem;
import io.longhaul.engine.kernel.machine.Assembler.Vec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Exponentials against the library's, where this machine has code for them. */
class ExponentialCodeTest {
  private static final Optional<Entry> EXP = ExecutableMemory.link(ExponentialCodeTest::one);

  /** The exponential of one vector: rdi its address, rsi the table's. */
  private static byte[] one(InstructionSet set) {
    Assembler a = set.assembler();
    Vec x = set.vec(0);
    ExponentialCode exponential = new ExponentialCode(a, set, Gp.RSI);
    a.op(Simd.VMOVUPS, x, Mem.of(Gp.RDI, 0));
    exponential.emit(x, set.vec(1), set.vec(2));
    a.store(Simd.VMOVUPS_STORE, Mem.of(Gp.RDI, 0), x);
    a.vzeroupper();
    a.ret();
    return a.code();
  }

  private static float[] exp(float... values) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(64, 64);
      MemorySegment.copy(values, 0, vector, ValueLayout.JAVA_FLOAT, 0, values.length);
      EXP.orElseThrow().run(vector.address(), ExponentialCode.table());
      float[] results = new float[values.length];
      MemorySegment.copy(vector, ValueLayout.JAVA_FLOAT, 0, results, 0, values.length);
      return results;
    }
  }

  @Test
  void thereIsCodeWhereThereIsAny() {
    assertThat(EXP.isPresent()).isEqualTo(AssembledCode.isPossible());
  }

  @Test
  void areWithinThreeUnitsInTheLastPlaceDownToTheLeastFloats() {
    for (float x = -110; x < 88.7f && EXP.isPresent(); x += 0.0137f) {
      float expected = (float) Math.exp(x);
      // Eight different numbers would not show more: lanes do not know of each other.
      assertThat(exp(x)[0]).as("exp(%s)", x).isCloseTo(expected, offset(3 * Math.ulp(expected)));
    }
  }

  @Test
  void haveEndsAndKeepWhatIsNoNumber() {
    if (EXP.isPresent()) {
      float infinity = Float.POSITIVE_INFINITY;
      assertThat(exp(-infinity, -1e30f, -200, -104, 0, -0f, 89, 1e30f))
          .containsExactly(0, 0, 0, 0, 1, 1, infinity, infinity);
      assertThat(exp(infinity, Float.NaN, 1)).containsExactly(infinity, Float.NaN, exp(1)[0]);
    }
  }
}
