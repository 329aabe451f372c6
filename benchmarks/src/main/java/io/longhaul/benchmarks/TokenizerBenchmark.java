package io.longhaul.benchmarks;

import io.longhaul.engine.text.Tokenizer;
import io.longhaul.engine.text.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/**
 * How fast a text becomes tokens, on one thread: documents of 4,096 characters one after the other,
 * as prompts come.
 *
 * <p>A plain program rather than JMH, because its twin {@code tokenizer_throughput.py} times the
 * Rust library in the same way: the median of whole passes over the text, after passes that are not
 * counted. {@code benchmarks/scripts/tokenizer-throughput.sh} runs both and prints the ratio.
 */
public final class TokenizerBenchmark {
  private static final int DOCUMENT = 4096;
  private static final int WARM_UP = 4;

  private TokenizerBenchmark() {}

  /** What the passes over a text gave: tokens, a checksum of them, and seconds of the median. */
  record Result(long tokens, long checksum, double seconds) {}

  /**
   * Prints a line {@code tokens checksum megabytes-per-second}.
   *
   * @param args the folder of tokenizer.json, the text in UTF-8, the number of passes
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 3) {
      System.err.println("usage: TokenizerBenchmark FOLDER TEXT PASSES");
      System.exit(2);
    }
    Tokenizer tokenizer = Tokenizers.fromTokenizerJson(Path.of(args[0]));
    Path text = Path.of(args[1]);
    Result result =
        time(tokenizer, documents(Files.readString(text)), WARM_UP, Integer.parseInt(args[2]));
    System.out.printf(
        "%d %d %.3f%n", result.tokens, result.checksum, Files.size(text) / 1e6 / result.seconds);
  }

  /** The text in pieces of so many code points. */
  static List<String> documents(String text) {
    List<String> documents = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int to = from;
      for (int i = 0; i < DOCUMENT && to < text.length(); i++) {
        to += Character.charCount(text.codePointAt(to));
      }
      documents.add(text.substring(from, to));
      from = to;
    }
    return documents;
  }

  static Result time(Tokenizer tokenizer, List<String> documents, int warmUp, int passes) {
    double[] seconds = new double[passes];
    long tokens = 0;
    CRC32 crc = new CRC32();
    for (int pass = -warmUp; pass < passes; pass++) {
      long start = System.nanoTime();
      long count = 0;
      List<int[]> encoded = new ArrayList<>(documents.size());
      for (String document : documents) {
        int[] ids = tokenizer.encode(document, true);
        count += ids.length;
        encoded.add(ids);
      }
      if (pass >= 0) {
        seconds[pass] = (System.nanoTime() - start) / 1e9;
      }
      tokens = count;
      crc.reset();
      encoded.forEach(ids -> update(crc, ids));
    }
    Arrays.sort(seconds);
    return new Result(tokens, crc.getValue(), seconds[passes / 2]);
  }

  private static void update(CRC32 crc, int[] ids) {
    for (int id : ids) {
      for (int shift = 0; shift < 32; shift += 8) {
        crc.update(id >>> shift);
      }
    }
  }
}
