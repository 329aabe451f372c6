package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class SizesTest {
  @Test
  void bytes() {
    assertThat(Sizes.bytes(0)).isEqualTo("0 B");
    assertThat(Sizes.bytes(999)).isEqualTo("999 B");
    assertThat(Sizes.bytes(1000)).isEqualTo("1.00 kB");
    assertThat(Sizes.bytes(9_994)).isEqualTo("9.99 kB");
    assertThat(Sizes.bytes(9_996)).isEqualTo("10.0 kB");
    assertThat(Sizes.bytes(99_960)).isEqualTo("100 kB");
    assertThat(Sizes.bytes(999_600)).isEqualTo("1.00 MB");
    assertThat(Sizes.bytes(98_362_432)).isEqualTo("98.4 MB");
    assertThat(Sizes.bytes(1_506_000_000_000L)).isEqualTo("1.51 TB");
    assertThat(Sizes.bytes(Long.MAX_VALUE)).isEqualTo("9.22 EB");
  }

  @Test
  void times() {
    assertThat(Sizes.time(Duration.ofMillis(7_900))).isEqualTo("0:07");
    assertThat(Sizes.time(Duration.ofSeconds(754))).isEqualTo("12:34");
    assertThat(Sizes.time(Duration.ofSeconds(3 * 3600 + 5))).isEqualTo("3:00:05");
  }
}
