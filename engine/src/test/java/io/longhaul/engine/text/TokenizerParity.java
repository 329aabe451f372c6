package io.longhaul.engine.text;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Compares whole vocabularies; started by scripts/tokenizer-parity.sh. */
final class TokenizerParity {
  private TokenizerParity() {}

  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    TokenizerReference.Source files =
        name -> {
          Path file = root.resolve(name);
          return Files.exists(file) ? Files.readAllBytes(file) : null;
        };
    List<String> strings = TokenizerReference.strings(files);
    List<Path> variants;
    try (Stream<Path> list = Files.list(root)) {
      variants = list.filter(Files::isDirectory).sorted().toList();
    }
    int wrong = 0;
    out.printf(
        "%-34s %10s %12s %12s%n", "vocabulary", "encodings", "different", "decodings different");
    for (Path variant : variants) {
      String name = variant.getFileName().toString();
      TokenizerReference reference = new TokenizerReference(files, name);
      Tokenizer tokenizer = reference.tokenizer();
      TokenizerReference.Comparison found = reference.compare(tokenizer, strings);
      out.printf(
          "%-34s %10d %12d %12d of %d%n",
          name,
          2 * found.strings(),
          found.encodings().size(),
          found.decodings().size(),
          found.answers());
      found.encodings().stream().limit(5).forEach(line -> out.println("   " + line));
      found.decodings().stream().limit(5).forEach(line -> out.println("   " + line));
      if (!reference.agreesOnEndAndPrefix(tokenizer)) {
        out.println(
            "   end tokens %s, prefix %s, expected %s"
                .formatted(
                    tokenizer.endTokens(), Arrays.toString(tokenizer.prefix()), reference.facts()));
        wrong++;
      }
      wrong += found.encodings().size() + found.decodings().size();
    }
    out.println(wrong + " differences");
    if (wrong > 0) {
      System.exit(1);
    }
  }
}
