package io.longhaul.cli.store;

import static io.longhaul.cli.store.HubServer.gguf;
import static io.longhaul.cli.store.HubServer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models from a hub: which files are taken, and what is said when they cannot be. */
class HubPullTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  @TempDir Path temp;
  private HubServer server;
  private StoreFixture fixture;

  @BeforeEach
  void start() throws IOException {
    server = new HubServer();
    fixture = new StoreFixture(temp, server.url());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> shardedRepository() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(".gitattributes", text("x"));
    files.put("README.md", text("# read me"));
    files.put("config.json", text("{\"model_type\": \"llama\"}"));
    files.put("generation_config.json", text("{}"));
    files.put("tokenizer.json", text("{\"model\": {}}"));
    files.put("tokenizer_config.json", text("{}"));
    files.put("chat_template.jinja", text("{{ messages }}"));
    files.put("pytorch_model.bin", text("old"));
    files.put("consolidated.safetensors", gguf(1000, 3));
    files.put("model-00001-of-00002.safetensors", gguf(50_000, 1));
    files.put("model-00002-of-00002.safetensors", gguf(60_000, 2));
    files.put(
        "model.safetensors.index.json",
        text(
            "{\"metadata\": {}, \"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\","
                + " \"b\": \"model-00002-of-00002.safetensors\","
                + " \"c\": \"model-00001-of-00002.safetensors\"}}"));
    return files;
  }

  @Test
  void takesTheOnlyGguf() throws IOException {
    byte[] model = gguf(100_000, 1);
    server.repository("org/tiny-GGUF", COMMIT, Map.of("README.md", text("x"), "tiny.gguf", model));
    PullResult result = fixture.pull("hf:org/tiny-GGUF");
    assertThat(result.fetched()).isTrue();
    assertThat(result.model().name()).isEqualTo("tiny-GGUF");
    assertThat(fixture.tree()).containsExactly("tiny-GGUF/model.json", "tiny-GGUF/tiny.gguf");
    assertThat(fixture.bytes("tiny-GGUF", "tiny.gguf")).isEqualTo(model);
    assertThat(fixture.store().resolve("tiny-GGUF"))
        .isEqualTo(fixture.models().resolve("tiny-GGUF/tiny.gguf"));
    assertThat(fixture.events.getFirst())
        .isEqualTo(
            new PullEvent.Started("tiny-GGUF", "hf:org/tiny-GGUF", OptionalLong.of(100_000), 0));
  }

  @Test
  void takesSafetensorsWithTheShardsOfTheIndexAndNothingElse() throws IOException {
    Map<String, byte[]> files = shardedRepository();
    server.repository("org/big", COMMIT, files);
    fixture.pull("hf:org/big");
    assertThat(fixture.tree())
        .containsExactlyInAnyOrder(
            "big/model.json",
            "big/config.json",
            "big/generation_config.json",
            "big/tokenizer.json",
            "big/tokenizer_config.json",
            "big/chat_template.jinja",
            "big/model.safetensors.index.json",
            "big/model-00001-of-00002.safetensors",
            "big/model-00002-of-00002.safetensors");
    for (ModelFile file : fixture.store().find("big").orElseThrow().files()) {
      assertThat(fixture.bytes("big", file.name())).isEqualTo(files.get(file.name()));
      assertThat(file.sha256()).isEqualTo(HubServer.sha256(files.get(file.name())));
    }
    assertThat(fixture.store().resolve("big")).isEqualTo(fixture.models().resolve("big"));
  }

  @Test
  void goesOnWithAShardedModelWhereItBroke() throws IOException {
    Map<String, byte[]> files = shardedRepository();
    server.repository("org/big", COMMIT, files);
    byte[] second = files.get("model-00002-of-00002.safetensors");
    String cdn = "/cdn/" + HubServer.sha256(second);
    server.content(cdn, second);
    server.next(cdn, HubServer.cutAfter(20_000), status(500), status(500), status(500));
    assertThatThrownBy(() -> fixture.pull("hf:org/big")).hasMessageContaining("gave up");
    assertThat(fixture.store().find("big")).isEmpty();
    assertThat(fixture.store().contents().unfinished())
        .singleElement()
        .satisfies(part -> assertThat(part.bytes()).isGreaterThan(70_000));
    int before = server.requests(cdn).size();
    fixture.events.clear();
    fixture.pull("hf:org/big");
    assertThat(fixture.bytes("big", "model-00002-of-00002.safetensors")).isEqualTo(second);
    assertThat(server.requests(cdn).get(before).header("Range")).isEqualTo("bytes=20000-");
    byte[] first = files.get("model-00001-of-00002.safetensors");
    assertThat(server.requests("/cdn/" + HubServer.sha256(first))).hasSize(1);
    PullEvent.Started started = (PullEvent.Started) fixture.events.getFirst();
    assertThat(started.done()).isGreaterThan(70_000);
    assertThat(fixture.lastProgress()).isEqualTo(started.total().getAsLong());
    assertThat(fixture.tree()).noneMatch(path -> path.startsWith(".staging"));
  }

  @Test
  void takesAllPartsOfASplitGguf() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int i = 1; i <= 3; i++) {
      files.put("Q4/m-Q4-0000" + i + "-of-00003.gguf", gguf(10_000, i));
      files.put("Q8/m-Q8-0000" + i + "-of-00003.gguf", gguf(20_000, i));
    }
    server.repository("org/split", COMMIT, files);
    fixture.pull("hf:org/split/Q4/m-Q4-00001-of-00003.gguf");
    assertThat(fixture.tree())
        .containsExactly(
            "m-Q4/m-Q4-00001-of-00003.gguf",
            "m-Q4/m-Q4-00002-of-00003.gguf",
            "m-Q4/m-Q4-00003-of-00003.gguf",
            "m-Q4/model.json");
    assertThat(fixture.store().resolve("m-Q4").getFileName())
        .hasToString("m-Q4-00001-of-00003.gguf");
  }

  @Test
  void listsTheChoices() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("m.Q4_K_M.gguf", gguf(10, 1));
    files.put("m.Q8_0.gguf", gguf(10, 2));
    files.put("mmproj-m.gguf", gguf(10, 3));
    server.repository("org/many", COMMIT, files);
    assertThatThrownBy(() -> fixture.pull("hf:org/many"))
        .hasMessage(
            "hf:org/many holds several models, name one of them after a '/': m.Q4_K_M.gguf,"
                + " m.Q8_0.gguf");
    assertThatThrownBy(() -> fixture.pull("hf:org/many/m.Q5.gguf"))
        .hasMessageContaining("no model file m.Q5.gguf; it has m.Q4_K_M.gguf, m.Q8_0.gguf");
    assertThat(fixture.store().contents().unfinished()).isEmpty();
  }

  @Test
  void fetchesAllFilesFromTheCommitOfTheList() throws IOException {
    server.repository("org/m", "v1.0", COMMIT, Map.of("m.gguf", gguf(1000, 1)), true);
    fixture.pull("hf:org/m@v1.0");
    assertThat(server.requests("/org/m/resolve/" + COMMIT + "/m.gguf")).hasSize(1);
    assertThat(fixture.store().find("m").orElseThrow().source()).isEqualTo("hf:org/m@v1.0");
  }

  @Test
  void asksForSizesAndHashesThatTheListLacks() throws IOException {
    Map<String, byte[]> files = shardedRepository();
    server.repository("org/bare", "main", COMMIT, files, false);
    fixture.pull("hf:org/bare");
    String shard = "/org/bare/resolve/" + COMMIT + "/model-00001-of-00002.safetensors";
    assertThat(server.requests(shard)).extracting(r -> r.method()).containsExactly("HEAD", "GET");
    PullEvent.Started started = (PullEvent.Started) fixture.events.getFirst();
    assertThat(started.total().getAsLong()).isEqualTo(fixture.lastProgress());
  }

  @Test
  void sendsTheTokenToTheHubAlone() {
    fixture.environment.put("HF_TOKEN", StoreFixture.TOKEN);
    byte[] model = gguf(1000, 1);
    server.repository("org/m", COMMIT, Map.of("m.gguf", model));
    fixture.pull("hf:org/m");
    String bearer = "Bearer " + StoreFixture.TOKEN;
    assertThat(
            server.requests("/api/models/org/m/revision/main").getFirst().header("Authorization"))
        .isEqualTo(bearer);
    assertThat(
            server
                .requests("/org/m/resolve/" + COMMIT + "/m.gguf")
                .getFirst()
                .header("Authorization"))
        .isEqualTo(bearer);
    assertThat(server.requests("/cdn/" + HubServer.sha256(model)))
        .singleElement()
        .satisfies(request -> assertThat(request.header("Authorization")).isNull());
  }

  @Test
  void saysHowToGetPermission() {
    String list = "/api/models/org/gated/revision/main";
    server.always(list, status(401, "X-Error-Code", "GatedRepo"));
    assertThatThrownBy(() -> fixture.pull("hf:org/gated"))
        .hasMessageContaining("refuses repository org/gated (401)")
        .hasMessageContaining("set HF_TOKEN");
    fixture.environment.put("HF_TOKEN", StoreFixture.TOKEN);
    server.always(list, status(403));
    assertThatThrownBy(() -> fixture.pull("hf:org/gated"))
        .hasMessageContaining("HF_TOKEN may not read it")
        .hasMessageNotContaining(StoreFixture.TOKEN);
    assertThatThrownBy(() -> fixture.pull("hf:org/none"))
        .hasMessageContaining("has no repository org/none (404)");
  }

  @Test
  void triesTheListAgain() {
    server.repository("org/m", COMMIT, Map.of("m.gguf", gguf(1000, 1)));
    server.next("/api/models/org/m/revision/main", status(429, "Retry-After", "3"), status(500));
    assertThat(fixture.pull("hf:org/m").fetched()).isTrue();
    assertThat(fixture.waits).extracting(d -> d.toSeconds()).containsExactly(3L, 2L);
  }

  @Test
  void refusesAListThatIsNone() {
    String list = "/api/models/org/m/revision/main";
    server.always(list, HubServer.page("<html>"));
    assertThatThrownBy(() -> fixture.pull("hf:org/m"))
        .hasMessageContaining("/api/models/org/m/revision/main: not valid JSON")
        .message()
        .doesNotContain("\n");
    server.always(list, HubServer.page("{\"siblings\": 3}"));
    assertThatThrownBy(() -> fixture.pull("hf:org/m")).hasMessageContaining("siblings is 3");
  }

  @Test
  void refusesAnIndexThatPointsElsewhere() {
    for (String map :
        List.of("{\"a\": \"../../etc/x\"}", "{\"a\": 1}", "{\"a\": \"gone.safetensors\"}")) {
      Map<String, byte[]> files = shardedRepository();
      files.put("model.safetensors.index.json", text("{\"weight_map\": " + map + "}"));
      server.repository("org/big", COMMIT, files);
      assertThatThrownBy(() -> fixture.pull("hf:org/big"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("model.safetensors.index.json");
    }
  }

  @Test
  void doesNothingWhenTheModelIsThere() {
    server.repository("org/m", COMMIT, Map.of("m.gguf", gguf(1000, 1)));
    fixture.pull("hf:org/m");
    int requests = server.requestCount();
    assertThat(fixture.pull("hf:org/m").fetched()).isFalse();
    assertThat(fixture.pull("m").fetched()).isFalse();
    assertThat(server.requestCount()).isEqualTo(requests);
  }

  @Test
  void keepsToItselfOffline() {
    server.repository("org/m", COMMIT, Map.of("m.gguf", gguf(1000, 1)));
    fixture.environment.put("LONGHAUL_OFFLINE", "1");
    assertThatThrownBy(() -> fixture.pull("hf:org/m")).hasMessageContaining("--offline");
    assertThatThrownBy(() -> fixture.pull("smollm2-135m")).hasMessageContaining("--offline");
    assertThat(server.requestCount()).isZero();
    fixture.environment.put("LONGHAUL_OFFLINE", "0");
    assertThat(fixture.pull("hf:org/m").fetched()).isTrue();
    int requests = server.requestCount();
    fixture.environment.put("LONGHAUL_OFFLINE", "true");
    assertThat(fixture.pull("hf:org/m").fetched()).isFalse();
    assertThat(server.requestCount()).isEqualTo(requests);
  }

  @Test
  void checksTheCatalogsHashBeforeAndAfterTheDownload() throws IOException {
    byte[] right = gguf(1000, 1);
    byte[] wrong = gguf(1000, 2);
    fixture.catalog = catalog(right);
    server.repository("org/m", COMMIT, Map.of("other-name.gguf", wrong));
    assertThatThrownBy(() -> fixture.pull("cat"))
        .hasMessageContaining("another file than the catalog pins");
    assertThat(server.requests("/cdn/" + HubServer.sha256(wrong))).isEmpty();

    server.repository("org/m", COMMIT, Map.of("other-name.gguf", right));
    server.always("/cdn/" + HubServer.sha256(right), HubServer.other(wrong));
    assertThatThrownBy(() -> fixture.pull("cat")).hasMessageContaining("in place of SHA-256");
    assertThat(fixture.store().contents().unfinished()).isEmpty();

    server.always("/cdn/" + HubServer.sha256(right), HubServer.whole());
    fixture.pull("cat");
    assertThat(fixture.bytes("cat", "cat.gguf")).isEqualTo(right);
  }

  private static Catalog catalog(byte[] file) {
    return Catalog.parse(
        "test",
        text(
            """
            {"default": "cat", "models": [{"name": "cat", "title": "Cat", "license": "none",
              "file": "cat.gguf", "size": %d, "sha256": "%s",
              "sources": [{"source": "hf:org/m", "download": %d}]}]}
            """
                .formatted(file.length, HubServer.sha256(file), file.length)));
  }

  @Test
  void pullsUnderAnotherNameAndGuardsNamesThatAreTaken() throws IOException {
    server.repository("org/m", COMMIT, Map.of("m.gguf", gguf(1000, 1)));
    server.repository("other/m", COMMIT, Map.of("m.gguf", gguf(1000, 2)));
    fixture.pull("hf:org/m");
    assertThatThrownBy(() -> fixture.pull("hf:other/m"))
        .hasMessageContaining("another m, from hf:org/m")
        .hasMessageContaining("--name");
    fixture.store().pull("hf:other/m", Optional.of("m2"), PullListener.NONE);
    assertThat(Files.exists(fixture.models().resolve("m2/m.gguf"))).isTrue();
    for (String bad :
        List.of("../m", "a/b", "..", ".hidden", "", "a..b", "a\\b", "x".repeat(200))) {
      assertThatThrownBy(
              () -> fixture.store().pull("hf:org/m", Optional.of(bad), PullListener.NONE))
          .hasMessageContaining("cannot name a model");
    }
  }
}
