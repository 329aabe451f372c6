package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SourceTest {
  @Test
  void hubSources() {
    assertThat(Source.parse("hf:org/repo"))
        .isEqualTo(new Source.Hub("org/repo", "main", Optional.empty()));
    assertThat(Source.parse("hf:org/repo@v1/sub/m.gguf"))
        .isEqualTo(new Source.Hub("org/repo", "v1", Optional.of("sub/m.gguf")));
    assertThat(Source.parse("hf:org/repo@refs/pr/3/m.gguf"))
        .isEqualTo(new Source.Hub("org/repo", "refs/pr/3", Optional.of("m.gguf")));
    assertThat(Source.parse("hf:org/repo@refs/pr/3"))
        .isEqualTo(new Source.Hub("org/repo", "refs/pr/3", Optional.empty()));
  }

  @Test
  void everySourceReadsItsOwnText() {
    for (String text :
        List.of(
            "hf:org/repo",
            "hf:org/repo@abc",
            "hf:org/repo@refs/pr/1/x/y.gguf",
            "pip:a-b==1.0",
            "pip:a==1.0,b==2!1.0+local/m.gguf",
            "/some/path")) {
      assertThat(Source.parse(text)).hasToString(text);
    }
    assertThat(Source.parse("x.gguf"))
        .isEqualTo(new Source.Local(Path.of("x.gguf").toAbsolutePath()));
  }

  @Test
  void namesMadeFromSources() {
    assertThat(Source.parse("hf:org/Repo-GGUF").defaultName()).isEqualTo("Repo-GGUF");
    assertThat(Source.parse("hf:o/r/Q4/m-Q4-00001-of-00009.gguf").defaultName()).isEqualTo("m-Q4");
    assertThat(Source.parse("pip:a-b==1.0,c==2").defaultName()).isEqualTo("a-b");
    assertThat(Source.parse("/x/my model.gguf").defaultName()).isEqualTo("my-model");
    assertThat(Source.parse("/").defaultName()).isEqualTo("model");
  }

  @Test
  void refusals() {
    for (String bad :
        List.of(
            "hf:",
            "hf:repo",
            "hf:org/",
            "hf:org/repo/",
            "hf:org/repo/../x",
            "hf:../repo",
            "hf:org/..",
            "hf:org/repo@",
            "hf:org/repo@..",
            "hf:org/repo@a b",
            "hf:org/repo?x=1",
            "hf:org/repo/a\\b",
            "pip:x")) {
      assertThatThrownBy(() -> Source.parse(bad)).as(bad).isInstanceOf(StoreException.class);
    }
  }
}
