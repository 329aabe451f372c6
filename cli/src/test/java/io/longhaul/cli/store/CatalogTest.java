package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The catalog that is shipped. */
class CatalogTest {
  @Test
  void everyModelIsPinnedAndHasASourceWithAndOneWithoutPip() {
    Catalog catalog = Catalog.ofThisBuild();
    assertThat(catalog.entries()).isNotEmpty();
    for (Catalog.Entry entry : catalog.entries()) {
      assertThat(entry.file().sha256()).matches(Pattern.compile("[0-9a-f]{64}"));
      assertThat(entry.file().size()).isPositive();
      assertThat(Names.isFileName(entry.file().name())).isTrue();
      assertThat(entry.sources())
          .extracting(Catalog.PinnedSource::source)
          .hasAtLeastOneElementOfType(Source.Pip.class)
          .hasAtLeastOneElementOfType(Source.Hub.class);
      assertThat(entry.sources()).allMatch(source -> source.download() > 0);
    }
  }

  @Test
  void theDefaultIsSmall() {
    Catalog catalog = Catalog.ofThisBuild();
    assertThat(catalog.find(catalog.defaultName()).orElseThrow().file())
        .isEqualTo(
            new ModelFile(
                "SmolLM2-135M-Instruct.Q4_1.gguf",
                98_362_432,
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"));
  }
}
