package io.longhaul.engine.text;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Encodes prompts that templates have rendered. */
public final class PromptEncoder {
  private PromptEncoder() {}

  /**
   * The tokens of a prompt. A special token is found only where the template wrote all of its
   * characters; all other text, whoever wrote it, is encoded as if it came in one piece.
   */
  public static int[] encode(Tokenizer tokenizer, Prompt prompt) {
    return tokenizer.encode(prompt);
  }

  /**
   * The same prompt, spelled as known tokens are for as long as both say the same. A model does not
   * always spell its answers as the tokenizer would, and a cache knows tokens, not text: without
   * this, an answer of another spelling is computed anew in the next turn.
   *
   * <p>A token of structure is the same as itself alone, never as text that looks like it.
   *
   * @param known tokens that a session has computed: a prompt and its answer
   */
  public static int[] respell(Tokenizer tokenizer, int[] known, int[] prompt) {
    int i = 0;
    int j = 0;
    int sameKnown = 0;
    int samePrompt = 0;
    byte[] ahead = {}; // what the side that is further on has said beyond the other
    boolean knownAhead = false;
    while (true) {
      if (ahead.length == 0) {
        sameKnown = i;
        samePrompt = j;
        if (i == known.length || j == prompt.length) {
          break;
        }
        if (known[i] == prompt[j]) {
          i++;
          j++;
          continue;
        }
        if (isStructure(tokenizer, known[i])) {
          break;
        }
        ahead = tokenizer.bytes(known[i++]);
        knownAhead = true;
        continue;
      }
      if (knownAhead ? j == prompt.length : i == known.length) {
        break;
      }
      int token = knownAhead ? prompt[j++] : known[i++];
      byte[] bytes = tokenizer.bytes(token);
      int common = Math.min(ahead.length, bytes.length);
      if (isStructure(tokenizer, token) || !Arrays.equals(ahead, 0, common, bytes, 0, common)) {
        break;
      }
      knownAhead ^= bytes.length > ahead.length;
      byte[] longer = bytes.length > ahead.length ? bytes : ahead;
      ahead = Arrays.copyOfRange(longer, common, longer.length);
    }
    return IntStream.concat(
            Arrays.stream(known, 0, sameKnown), Arrays.stream(prompt, samePrompt, prompt.length))
        .toArray();
  }

  /** Whether a token is more than its text; one without text is nothing but itself. */
  private static boolean isStructure(Tokenizer tokenizer, int token) {
    byte[] bytes = tokenizer.bytes(token);
    return bytes.length == 0
        || tokenizer.isSpecial(token)
        || KnownTokens.isMarker(new String(bytes, StandardCharsets.UTF_8));
  }
}
