package io.longhaul.engine.text;

import io.longhaul.engine.ModelException;
import java.util.Arrays;
import java.util.List;

/** Texts on which tokenizers that split or merge differently differ. */
final class ProbeTexts {
  private static final List<String> TEXTS =
      List.of(
          "Hello, world! It's 12345 o'clock; I'LL wait.\n\n\tfoo_bar(baz[0]) != 3.14159e-10",
          "  two  spaces   three\t\ttabs\r\n\r\nlines \n \n ends ",
          "naïve café Straße ĳ Ǆ İstanbul ΑΒΓ абв",
          "日本語のテキスト、漢字とカナ。中文字符：你好！ 한국어 문장",
          "مرحبا بالعالم שלום नमस्ते สวัสดี កាន់តែពិសេស",
          "emoji 🙂👩‍👩‍👧‍👦🇩🇪 and ①②③ ½ ٣٤٥ Ⅷ",
          "<html>&amp;</html> {\"key\": [1, 22, 333, 4444]} // /* */ ### --- ===",
          "We'Ve a'lL 'RE you'd don't  ''quoted''  ``code``",
          "a\u00A0b\u2003c\u200Bd\uFEFFe\u0301f",
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa the quick brown fox jumps over the lazy dog",
          "x",
          " ",
          "");

  private ProbeTexts() {}

  /**
   * Compares what two tokenizers make of texts.
   *
   * @param source names the original
   * @param before what the caller of the other must do to a text first
   * @throws ModelException if they differ
   */
  static void requireSameTokens(
      String source, Tokenizer original, TextNormalizer before, Tokenizer made) {
    for (String text : TEXTS) {
      for (boolean special : new boolean[] {false, true}) {
        int[] expected = original.encode(text, special);
        int[] found = made.encode(before.apply(text), special);
        if (!Arrays.equals(expected, found)) {
          throw new ModelException(
              "%s: GGUF cannot describe this tokenizer: it makes of %s the tokens %s, a GGUF file %s"
                  .formatted(
                      source,
                      Texts.quote(text),
                      Arrays.toString(expected),
                      Arrays.toString(found)));
        }
      }
    }
    if (!Arrays.equals(original.prefix(), made.prefix())) {
      throw new ModelException(
          "%s: prompts begin with the tokens %s; a GGUF file can say one at most"
              .formatted(source, Arrays.toString(original.prefix())));
    }
  }
}
