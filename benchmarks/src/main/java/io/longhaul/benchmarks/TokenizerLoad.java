package io.longhaul.benchmarks;

import io.longhaul.engine.file.GgufFile;
import io.longhaul.engine.file.ModelFile;
import io.longhaul.engine.text.Tokenizer;
import io.longhaul.engine.text.Tokenizers;
import java.nio.file.Path;

/** How long a fresh JVM takes to make the tokenizer of a GGUF file whose metadata it has read. */
public final class TokenizerLoad {
  private TokenizerLoad() {}

  /**
   * Prints the milliseconds.
   *
   * @param args the GGUF file
   */
  public static void main(String[] args) {
    if (args.length != 1) {
      System.err.println("usage: TokenizerLoad FILE.gguf");
      System.exit(2);
    }
    try (ModelFile file = ModelFile.open(Path.of(args[0]))) {
      if (!(file instanceof GgufFile gguf)) {
        System.err.println(args[0] + " is not a GGUF file");
        System.exit(2);
        return;
      }
      long start = System.nanoTime();
      Tokenizer tokenizer = Tokenizers.fromGguf(gguf.metadata());
      long loaded = System.nanoTime();
      int tokens = tokenizer.encode("Hello, how are you today?", false).length;
      long encoded = System.nanoTime();
      System.out.printf(
          "%d tokens in the vocabulary: %.1f ms to load, %.1f ms for the first %d tokens%n",
          tokenizer.vocabularySize(), (loaded - start) / 1e6, (encoded - loaded) / 1e6, tokens);
    }
  }
}
