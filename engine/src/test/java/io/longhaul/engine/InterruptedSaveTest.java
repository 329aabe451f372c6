package io.longhaul.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that cannot finish writing a session, or is killed, leaves the one that was there. */
class InterruptedSaveTest {
  private static final int TOKENS = 90;

  @TempDir Path folder;

  private Path model;
  private Path file;

  @BeforeEach
  void paths() throws URISyntaxException {
    model = Path.of(InterruptedSaveTest.class.getResource("model/tiny/llama-plain").toURI());
    file = folder.resolve("session");
  }

  /** Saves sessions of 90 and of 30 tokens in turn, to one file, and says so. */
  static final class Saver {
    private Saver() {}

    /** Arguments: the model, the file, how often. */
    public static void main(String[] args) {
      try (Model model = Model.load(Path.of(args[0]), LoadOptions.defaults().withThreads(1));
          Session session = model.newSession();
          Session half = session(model, TOKENS / 3)) {
        compute(session, TOKENS);
        for (int i = 0; i < Integer.parseInt(args[2]); i++) {
          (i % 2 == 0 ? session : half).save(Path.of(args[1]));
          System.out.println("saved");
        }
      } catch (ModelException e) {
        System.out.println(e.getMessage());
        System.exit(3);
      }
    }
  }

  private static Session session(Model model, int tokens) {
    Session session = model.newSession();
    compute(session, tokens);
    return session;
  }

  private static void compute(Session session, int tokens) {
    int[] text = new SplittableRandom(1).ints(TOKENS, 3, 60).toArray();
    session.generate(Arrays.copyOf(text, tokens), GenerationOptions.ofMaxTokens(0), ignored -> {});
  }

  @Test
  void aFullDiskLeavesTheOldFile() throws IOException, InterruptedException {
    try (Model loaded = Model.load(model);
        Session session = session(loaded, 7)) {
      session.save(file);
    }
    byte[] before = Files.readAllBytes(file);
    // What a full disk is to a process: the system refuses the next byte. Units of 512 bytes.
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "ulimit -f 16 && exec \"$@\"", "sh"));
    command.addAll(saver(1));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isEqualTo(3);
    assertThat(output)
        .contains(file + ": the session cannot be written: ")
        .contains("a file that was there is as it was")
        .doesNotContain("saved");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(names()).containsExactly("session");
  }

  @Test
  void aKillAtAnyMomentLeavesAWholeFile() throws IOException, InterruptedException {
    SplittableRandom random = new SplittableRandom(2);
    try (Model loaded = Model.load(model)) {
      for (int i = 0; i < 4; i++) {
        Process process = new ProcessBuilder(saver(Integer.MAX_VALUE)).start();
        try (var output = process.inputReader(StandardCharsets.UTF_8)) {
          assertThat(output.readLine()).isEqualTo("saved");
          TimeUnit.MICROSECONDS.sleep(random.nextInt(30_000));
          process.destroyForcibly();
          process.waitFor();
        }
        try (Session session = loaded.loadSession(file, SessionOptions.defaults())) {
          assertThat(session.length()).isIn(TOKENS, TOKENS / 3);
          session.save(file);
        }
        assertThat(names()).containsExactly("session");
      }
    }
  }

  private List<String> saver(int times) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--add-modules=jdk.incubator.vector",
        "--enable-native-access=ALL-UNNAMED",
        "-XX:-UsePerfData",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        Saver.class.getName(),
        model.toString(),
        file.toString(),
        Integer.toString(times));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }
}
