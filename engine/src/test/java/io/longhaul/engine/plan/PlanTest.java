package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.plan.Plan.Choice;
import io.longhaul.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** The arithmetic of a plan, against sums done by hand. */
class PlanTest {
  private static final long GB = 1_000_000_000;
  private final ModelShape glm = ModelShape.open(GlmShapeTest.CONFIG);

  private static Machine machine(long gigabytes, double bandwidth, double disk) {
    return new Machine(MachineMemory.described(gigabytes * GB), 64, bandwidth * GB, disk * GB);
  }

  @Test
  void boundIsBandwidthOverBytesRead() {
    Plan plan = Plan.of(glm, machine(2000, 400, 3), 100_000, TensorType.F16);
    assertThat(plan.memory().fits()).isTrue();
    assertThat(plan.changes()).isEmpty();
    Speed begin = plan.speeds().getFirst();
    Speed full = plan.speeds().getLast();
    // 40.30 billion numbers of two bytes
    assertThat(begin.bound()).isCloseTo(400 / 80.6, Percentage.withPercentage(0.1));
    double rows = (78 * 576 * 2.0 * 2048 + 21 * 128 * 2.0 * 100_000) / 1e9;
    assertThat(full.bound()).isCloseTo(400 / (80.6 + rows), Percentage.withPercentage(0.1));
    assertThat(begin.likely()).isLessThan(begin.bound());
    assertThat(full.likely()).isLessThan(begin.likely());
    assertThat(begin.diskBytes()).isZero();
  }

  @Test
  void saysWhichPublishedFilesFit() {
    Plan plan = Plan.of(glm, machine(512, 400, 3), 131_072, TensorType.F16);
    assertThat(plan.choices()).extracting(Choice::name).startsWith("IQ1_S").endsWith("BF16");
    assertThat(plan.choices()).allMatch(Choice::published);
    assertThat(plan.choices().stream().filter(Choice::fits).map(Choice::name))
        .containsExactly("IQ1_S", "Q2_K_XL", "IQ4_XS", "Q4_K_M");
    assertThat(plan.changes())
        .contains(
            new Change.Quantize(plan.choices().get(3)),
            new Change.AddMemory(plan.memory().needed() - 512 * GB));
    // With the whole context, the cache of 99.9 GB leaves less room.
    Plan million = Plan.of(glm, machine(512, 400, 3), 0, TensorType.F16);
    assertThat(million.context()).isEqualTo(1 << 20);
    assertThat(million.choices().stream().filter(Choice::fits).map(Choice::name))
        .containsExactly("IQ1_S", "Q2_K_XL", "IQ4_XS");
  }

  @Test
  void expertsThatMemoryCannotHoldComeFromTheDisk() {
    Plan plan = Plan.of(glm, machine(777, 400, 3), 1000, TensorType.F16);
    MemoryUse memory = plan.memory();
    assertThat(memory.fits()).isFalse();
    assertThat(memory.residentShare()).isEqualTo(1);
    // 75 layers of 256 experts of three matrices, two bytes a number
    double experts = 75 * 256 * 3.0 * 6144 * 2048 * 2 / 1e9;
    double others = 753.33 * 2 - experts;
    double share = (777 - others - memory.held() / 1e9) / experts;
    assertThat(memory.residentExperts()).isCloseTo(share, within(0.0005));
    double missing = (1 - share) * experts * 8 / 256;
    Speed speed = plan.speeds().getFirst();
    assertThat(speed.diskBytes() / 1e9).isCloseTo(missing, within(0.1));
    assertThat(speed.bound()).isCloseTo(3 / missing, Percentage.withPercentage(0.5));
  }

  @Test
  void aCacheThatExceedsTheMemoryCannotRun() {
    Plan plan = Plan.of(glm, machine(50, 400, 3), 0, TensorType.F16);
    assertThat(plan.memory().runs()).isFalse();
    assertThat(plan.speeds()).isEmpty();
    assertThat(plan.changes()).contains(new Change.NoneFits(plan.choices().getFirst()));
  }

  @Test
  void theLongestContextFitsExactly() {
    ModelShape small = glm.quantized(TensorType.Q2_K);
    Plan plan = Plan.of(small, machine(300, 400, 3), 0, TensorType.F32);
    assertThat(plan.memory().fits()).isFalse();
    long longest =
        plan.changes().stream()
            .filter(Change.ShortenContext.class::isInstance)
            .mapToLong(change -> ((Change.ShortenContext) change).tokens())
            .findFirst()
            .orElseThrow();
    assertThat(longest).isBetween(1L, (1L << 20) - 1);
    Machine machine = machine(300, 400, 3);
    assertThat(Plan.of(small, machine, longest, TensorType.F32).memory().fits()).isTrue();
    assertThat(Plan.of(small, machine, longest + 1, TensorType.F32).memory().fits()).isFalse();
    assertThat(plan.changes())
        .contains(new Change.NarrowCache(TensorType.F16, plan.memory().cache() / 2, false));
  }

  @Test
  void modelsThatAreNotPublishedAreOfferedInEachType() {
    ModelShape llama =
        ModelShape.open(Path.of("src/test/resources/io/longhaul/engine/model/tiny/llama-plain"));
    Plan plan = Plan.of(llama, machine(1, 10, 1), 128, TensorType.F16);
    assertThat(plan.memory().fits()).isTrue();
    assertThat(plan.choices()).noneMatch(Choice::published).allMatch(Choice::fits).hasSize(11);
    List<Long> sizes = plan.choices().stream().map(Choice::bytes).toList();
    assertThat(sizes).isSorted();
    // two layers of keys and values, two heads of six
    assertThat(plan.cache().bytesPerToken()).isEqualTo(2 * 2 * 2 * 6 * 2);
  }

  @Test
  void refusesALongerContextThanTheModels() {
    assertThatExceptionOfType(ModelException.class)
        .isThrownBy(() -> Plan.of(glm, machine(512, 400, 3), (1 << 20) + 1, TensorType.F16))
        .withMessageContaining("a context of 1048577 tokens")
        .withMessageContaining("1 to 1048576");
  }
}
