package io.longhaul.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.longhaul.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvalCommandsTest {
  @TempDir Path temp;

  /** A prompt of a tiny checkpoint, and what transformers makes of it. */
  private record Reference(String tokens, int firstRow, int length, List<?> continuation) {}

  private static Reference lastPrompt(String checkpoint) throws IOException {
    byte[] json = Files.readAllBytes(CommandRun.tiny(checkpoint).resolve("reference.json"));
    List<?> prompts = (List<?>) Json.readObject("reference.json", json).get("prompts");
    int row = 0;
    for (Object prompt : prompts.subList(0, prompts.size() - 1)) {
      row += ((List<?>) ((Map<?, ?>) prompt).get("tokens")).size();
    }
    Map<?, ?> last = (Map<?, ?>) prompts.getLast();
    List<?> tokens = (List<?>) last.get("tokens");
    return new Reference(commas(tokens), row, tokens.size(), (List<?>) last.get("continuation"));
  }

  private static String commas(List<?> list) {
    return list.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  private static FloatBuffer logits(String checkpoint) throws IOException {
    Path file = CommandRun.tiny(checkpoint).resolve("logits.f32.gz");
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    }
  }

  private static Path model(String checkpoint) {
    Path folder = CommandRun.tiny(checkpoint);
    return Files.exists(folder.resolve("model.gguf")) ? folder.resolve("model.gguf") : folder;
  }

  /** llama-plain comes without a tokenizer. */
  @ParameterizedTest
  @ValueSource(strings = {"llama-plain", "gguf-llama-llama3"})
  void logitsAreThoseOfTransformers(String checkpoint) throws IOException {
    Reference reference = lastPrompt(checkpoint);
    Map<String, Object> json =
        CommandRun.of(
                "eval",
                "logits",
                "--model",
                model(checkpoint),
                "--tokens",
                reference.tokens(),
                "--positions",
                "2,0",
                "--json")
            .json();
    assertThat(json.keySet()).containsExactly("tokens", "positions", "logits");
    assertThat(json).containsEntry("tokens", (long) reference.length());
    assertThat(json).containsEntry("positions", List.of(2L, 0L));
    FloatBuffer expected = logits(checkpoint);
    List<?> rows = (List<?>) json.get("logits");
    assertThat(rows).hasSize(2);
    for (int i = 0; i < 2; i++) {
      List<?> row = (List<?>) rows.get(i);
      int position = i == 0 ? 2 : 0;
      for (int token = 0; token < row.size(); token++) {
        assertThat(((Number) row.get(token)).doubleValue())
            .as("position %d, token %d", position, token)
            .isCloseTo(
                expected.get((reference.firstRow() + position) * row.size() + token), within(1e-3));
      }
    }
  }

  @Test
  void logitsOfAllPositionsByDefault() {
    Map<String, Object> json =
        CommandRun.of(
                "eval", "logits", "--model", model("llama-plain"), "--tokens", "5,6,7", "--json")
            .json();
    assertThat(json).containsEntry("positions", List.of(0L, 1L, 2L));
    assertThat((List<?>) json.get("logits")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama-plain", "gguf-llama-llama3", "gguf-gemma3-q8_0"})
  void greedyContinuesAsTransformersDoes(String checkpoint) throws IOException {
    Reference reference = lastPrompt(checkpoint);
    CommandRun run =
        CommandRun.of(
            "eval",
            "greedy",
            "--model",
            model(checkpoint),
            "--tokens",
            reference.tokens(),
            "-n",
            8,
            "--json");
    assertThat(run.out())
        .isEqualTo("{\"generated\":[" + commas(reference.continuation().subList(0, 8)) + "]}\n");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void greedyDoesNotStopAtAnEndToken() throws IOException {
    Path model = SyntheticModel.saying("ok").write(temp.resolve("m.gguf"));
    List<?> generated =
        (List<?>)
            CommandRun.of("eval", "greedy", "--model", model, "--tokens", "10", "-n", 5, "--json")
                .json()
                .get("generated");
    assertThat(generated).hasSize(5);
    assertThat(generated.subList(0, 3))
        .isEqualTo(List.of((long) 'o', (long) 'k', (long) SyntheticModel.END));
  }

  @Test
  void greedySaysThatTheContextIsTooShort() throws IOException {
    Path model = SyntheticModel.repeating("ab").contextLength(16).write(temp.resolve("m.gguf"));
    assertThat(CommandRun.of("eval", "greedy", "--model", model, "--tokens", "10", "-n", 17))
        .isEqualTo(
            new CommandRun(
                1, "", "longhaul: the context of 16 tokens is full after 16 generated tokens\n"));
    assertThat(CommandRun.of("eval", "greedy", "--model", model, "--tokens", "10", "-n", 16).exit())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void logitsThatAreNotFiniteAreAnErrorThatNamesThePosition(float head) throws IOException {
    Path model = SyntheticModel.saying("ok").head(head).write(temp.resolve("m.gguf"));
    CommandRun run =
        CommandRun.of(
            "eval", "logits", "--model", model, "--tokens", "5,6,10", "--positions", "2", "--json");
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("longhaul: the logits at position 2 are not finite: that of token ")
        .hasLineCount(1);
    Path text = Files.writeString(temp.resolve("text"), "some text to be scored");
    run =
        CommandRun.of(
            "eval", "perplexity", "--model", model, "--file", text, "--context", 8, "--json");
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).startsWith("longhaul: the perplexity is not finite").hasLineCount(1);
  }

  /** Computed from the logits: chunks of 16, positions 8 to 14 of each predict the next token. */
  @Test
  void perplexityScoresTheSecondHalfOfEachChunk() throws IOException {
    Path model = model("gguf-llama-llama3");
    String text = "the thin tiger is in the tin, there in the inner theatre, thus it sits";
    List<?> tokens =
        (List<?>)
            CommandRun.withInput(text, "tokenize", "--model", model, "--json").json().get("tokens");
    assertThat(tokens).hasSizeBetween(32, 47);
    double sum = 0;
    for (int chunk = 0; chunk < 2; chunk++) {
      List<?> part = tokens.subList(16 * chunk, 16 * chunk + 16);
      List<?> rows =
          (List<?>)
              CommandRun.of("eval", "logits", "--model", model, "--tokens", commas(part), "--json")
                  .json()
                  .get("logits");
      for (int position = 8; position < 15; position++) {
        double[] row =
            ((List<?>) rows.get(position))
                .stream().mapToDouble(value -> ((Number) value).doubleValue()).toArray();
        double total = 0;
        for (double logit : row) {
          total += Math.exp(logit);
        }
        sum += Math.log(total) - row[((Number) part.get(position + 1)).intValue()];
      }
    }
    Path file = Files.writeString(temp.resolve("text"), text);
    Map<String, Object> json =
        CommandRun.of(
                "eval", "perplexity", "--model", model, "--file", file, "--context", 16, "--json")
            .json();
    assertThat(json.keySet()).containsExactly("perplexity", "tokens");
    assertThat(json).containsEntry("tokens", 14L);
    assertThat(((Number) json.get("perplexity")).doubleValue())
        .isCloseTo(Math.exp(sum / 14), within(1e-3 * Math.exp(sum / 14)));
  }

  @Test
  void perplexityOfAShortTextIsAnError() throws IOException {
    Path file = Files.writeString(temp.resolve("text"), "short");
    CommandRun run =
        CommandRun.of("eval", "perplexity", "--model", model("gguf-llama-llama3"), "--file", file);
    assertThat(run.exit()).isEqualTo(1);
    assertThat(run.err()).contains("too few for one chunk of 512").hasLineCount(1);
  }

  @Test
  void aCacheInF32LosesNothingAndOneIn16BitsLittle() {
    Map<String, Object> json =
        CommandRun.of(
                "eval",
                "cache",
                "--model",
                model("llama-plain"),
                "--length",
                100,
                "--from",
                40,
                "--cache-types",
                "f32,bf16,f16",
                "--json")
            .json();
    List<?> types = (List<?>) json.get("types");
    assertThat(types)
        .extracting(type -> ((Map<?, ?>) type).get("type"))
        .isEqualTo(List.of("f32", "bf16", "f16"));
    assertThat(types)
        .extracting(type -> ((Map<?, ?>) type).get("positions"))
        .isEqualTo(List.of(60L, 60L, 60L));
    double f32 = number(types.get(0), "mean_kl");
    double bf16 = number(types.get(1), "mean_kl");
    double f16 = number(types.get(2), "mean_kl");
    assertThat(f32).isZero();
    assertThat(number(types.getFirst(), "same_best")).isEqualTo(1);
    assertThat(f16).isBetween(1e-12, 1e-2).isLessThan(bf16 / 4);
  }

  private static double number(Object object, String field) {
    return ((Number) ((Map<?, ?>) object).get(field)).doubleValue();
  }

  @Test
  void theLossOfACacheIsATableForPeople() throws IOException {
    Path text = Files.writeString(temp.resolve("text"), "the thin tiger is in the tin");
    CommandRun run =
        CommandRun.of(
            "eval",
            "cache",
            "--model",
            model("gguf-llama-llama3"),
            "--file",
            text,
            "--cache-types",
            "f16");
    assertThat(run.exit()).as(run.toString()).isZero();
    assertThat(run.out().lines())
        .hasSize(2)
        .first()
        .asString()
        .matches("cache +positions +mean KL +median +99th pct +largest +same best");
  }

  /** All types are options of the other commands; 8 bits need rows of whole blocks. */
  @ParameterizedTest
  @ValueSource(strings = {"f16", "BF16", "f32", "q8_0"})
  void theCacheTypeIsAnOption(String type) {
    Path model = model("llama-plain");
    CommandRun run =
        CommandRun.of("eval", "logits", "-m", model, "--tokens", "5", "--cache-type", type);
    if (type.equals("q8_0")) {
      assertThat(run.err())
          .isEqualTo(
              "longhaul: a cache in Q8_0 needs rows of a multiple of 32 elements, this model's"
                  + " have 6; choose F16 or BF16\n");
    } else {
      assertThat(run.exit()).as(run.toString()).isZero();
    }
  }

  @Test
  void errorsAreOneLine() {
    Path model = model("llama-plain");
    assertFails(
        1,
        "names 3, but the text has positions 0 to 2",
        "logits",
        "--model",
        model,
        "--tokens",
        "5,6,7",
        "--positions",
        "0,3");
    assertFails(1, "names -1, but", "logits", "--model", model, "--tokens", "5", "--positions=-1");
    assertFails(
        1,
        "token 61 is not in the vocabulary of 61",
        "logits",
        "--model",
        model,
        "--tokens",
        "5,61");
    assertFails(
        1, "token -1 is not in the vocabulary of 61", "greedy", "--model", model, "--tokens=-1");
    assertFails(
        1, "no-such.gguf does not exist", "greedy", "--model", "no-such.gguf", "--tokens", "1");
    assertFails(1, "holds no model", "greedy", "--model", temp, "--tokens", "1");
    assertFails(
        1, "no-such-text: no such file", "perplexity", "--model", model, "--file", "no-such-text");
    assertFails(
        1,
        "tokenizer.json is missing",
        "perplexity",
        "--model",
        model,
        "--file",
        model.resolve("config.json"));
    assertFails(2, "not a list of numbers", "greedy", "--model", model, "--tokens", "5,x");
    assertFails(2, "not a list of numbers", "greedy", "--model", model, "--tokens", "");
    assertFails(2, "not a list of numbers", "greedy", "--model", model, "--tokens", "5,,6");
    assertFails(2, "not a list of numbers", "greedy", "--model", model, "--tokens", "99999999999");
    assertFails(2, "-n is 0", "greedy", "--model", model, "--tokens", "5", "-n", "0");
    assertFails(2, "--threads is 0", "greedy", "--model", model, "--tokens", "5", "-t", "0");
    assertFails(2, "--batch is 0", "greedy", "--model", model, "--tokens", "5", "--batch", "0");
    assertFails(2, "--context is 0", "perplexity", "--model", model, "--file", "x", "--context=0");
    assertFails(2, "--tokens", "greedy", "--model", model);
    assertFails(2, "--length is -1", "cache", "--model", model, "--length=-1");
    assertFails(2, "--from is -1", "cache", "--model", model, "--from=-1");
    assertFails(2, "f8", "cache", "--model", model, "--cache-types", "f16,f8");
    assertFails(
        1,
        "--from is 9, but the text ends after 9",
        "cache",
        "-m",
        model,
        "--length=9",
        "--from=9");
    assertFails(
        1,
        "the text has 200 tokens, but the model's context holds 128",
        "cache",
        "-m",
        model,
        "--length=200");
    assertFails(2, "name one of: logits");
  }

  private static void assertFails(int exit, String message, Object... arguments) {
    Object[] line = new Object[arguments.length + 1];
    line[0] = "eval";
    System.arraycopy(arguments, 0, line, 1, arguments.length);
    CommandRun run = CommandRun.of(line);
    assertThat(run.exit()).as(run.toString()).isEqualTo(exit);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("longhaul: ").contains(message);
    assertThat(run.err()).hasLineCount(exit == 1 ? 1 : 2);
  }
}
