package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
  @Test
  void defaults() {
    Settings settings = Settings.from(Map.of("HOME", "/home/me"));
    assertThat(settings.models()).isEqualTo(Path.of("/home/me/.cache/longhaul/models"));
    assertThat(settings.offline()).isFalse();
    assertThat(settings.hub()).isEqualTo(URI.create("https://huggingface.co"));
    assertThat(settings.token()).isEmpty();
  }

  @Test
  void everyVariable() {
    Settings settings =
        Settings.from(
            Map.of(
                "HOME", "/home/me",
                "XDG_CACHE_HOME", "/cache",
                "LONGHAUL_OFFLINE", "1",
                "HF_ENDPOINT", "http://mirror:8080/hub/",
                "HF_TOKEN", " hf_abc\n"));
    assertThat(settings.models()).isEqualTo(Path.of("/cache/longhaul/models"));
    assertThat(settings.offline()).isTrue();
    assertThat(settings.hub()).isEqualTo(URI.create("http://mirror:8080/hub"));
    assertThat(settings.token().orElseThrow().bearer()).isEqualTo("Bearer hf_abc");
    assertThat(settings.token().orElseThrow()).hasToString("***");
    assertThat(Settings.from(Map.of("XDG_CACHE_HOME", "/c", "LONGHAUL_HOME", "/l")).models())
        .isEqualTo(Path.of("/l/models"));
    assertThat(Settings.from(Map.of("HOME", "/h", "XDG_CACHE_HOME", "relative")).models())
        .isEqualTo(Path.of("/h/.cache/longhaul/models"));
    assertThat(Settings.from(Map.of("LONGHAUL_HOME", "relative")).models()).isAbsolute();
    for (String off : List.of("0", "false", "No", "", " ")) {
      assertThat(Settings.from(Map.of("LONGHAUL_OFFLINE", off)).offline()).as(off).isFalse();
    }
  }

  @Test
  void refusals() {
    for (String bad : List.of("hub", "ftp://hub", "https://", "https://h h", "/x")) {
      assertThatThrownBy(() -> Settings.from(Map.of("HF_ENDPOINT", bad)))
          .hasMessageContaining("HF_ENDPOINT is \"" + bad);
    }
    assertThatThrownBy(() -> Settings.from(Map.of("HF_ENDPOINT", "https://u:pa55@h")))
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("pa55");
    assertThatThrownBy(() -> Settings.from(Map.of("HF_TOKEN", "a\nX-Evil: b")))
        .hasMessageContaining("HF_TOKEN")
        .hasMessageNotContaining("Evil");
    assertThatThrownBy(() -> Settings.from(Map.of("LONGHAUL_HOME", "a\0b")))
        .hasMessageContaining("LONGHAUL_HOME is not a path");
  }
}
