package io.longhaul.engine.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Tokens to text. */
final class Detokenizer {
  /** What a token stands for in a text. */
  interface TokenBytes {
    /** The bytes; empty for an id outside the vocabulary. */
    byte[] bytes(int token);

    /** The bytes of a token that begins a text. */
    default byte[] first(int token) {
      return bytes(token);
    }

    /** Whether the token is in the vocabulary; others leave no trace. */
    boolean exists(int token);

    /** Whether the token is a single byte of a character that the vocabulary lacks. */
    boolean isByte(int token);
  }

  /**
   * @param byteRuns whether a run of byte tokens is a text only as a whole, and else one U+FFFD for
   *     each (Hugging Face's ByteFallback); if not, bytes are decoded wherever they come from
   * @param strip a character removed at the start of the text
   * @param stripCount how often at most
   */
  record Options(boolean byteRuns, char strip, int stripCount) {
    static final Options PLAIN = new Options(false, ' ', 0);
  }

  private final TokenBytes vocabulary;
  private final Options options;

  Detokenizer(TokenBytes vocabulary, Options options) {
    this.vocabulary = vocabulary;
    this.options = options;
  }

  byte[] bytes(int token) {
    return vocabulary.bytes(token);
  }

  String decode(int[] tokens) {
    Stream stream = new Stream();
    StringBuilder out = new StringBuilder();
    for (int token : tokens) {
      stream.accept(token, out);
    }
    stream.finish(out);
    return out.toString();
  }

  Tokenizer.StreamDecoder stream() {
    Stream stream = new Stream();
    StringBuilder out = new StringBuilder();
    return new Tokenizer.StreamDecoder() {
      @Override
      public String accept(int token) {
        stream.accept(token, out);
        return take();
      }

      @Override
      public String finish() {
        stream.finish(out);
        return take();
      }

      private String take() {
        String text = out.toString();
        out.setLength(0);
        return text;
      }
    };
  }

  private final class Stream {
    private final Utf8Stream utf8 = new Utf8Stream();
    private byte[] run = new byte[8];
    private int runLength;
    private boolean begun;

    /** How many characters may still be removed at the start. */
    private int toStrip = options.stripCount;

    void accept(int token, StringBuilder out) {
      if (!vocabulary.exists(token)) {
        return;
      }
      byte[] bytes = begun ? vocabulary.bytes(token) : vocabulary.first(token);
      begun = true;
      if (options.byteRuns && vocabulary.isByte(token)) {
        if (runLength == run.length) {
          run = Arrays.copyOf(run, runLength * 2);
        }
        run[runLength++] = bytes[0];
        return;
      }
      int start = out.length();
      endRun(out);
      for (byte b : bytes) {
        utf8.accept(b, out);
      }
      strip(start, out);
    }

    void finish(StringBuilder out) {
      int start = out.length();
      endRun(out);
      utf8.finish(out);
      strip(start, out);
    }

    private void endRun(StringBuilder out) {
      if (runLength == 0) {
        return;
      }
      try {
        out.append(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(run, 0, runLength)));
      } catch (CharacterCodingException e) {
        // The run is no text: by definition one U+FFFD stands for each of its bytes.
        out.repeat('\uFFFD', runLength);
      }
      runLength = 0;
    }

    private void strip(int start, StringBuilder out) {
      int end = start;
      while (toStrip > 0 && end < out.length()) {
        if (out.charAt(end) == options.strip) {
          end++;
          toStrip--;
        } else {
          toStrip = 0;
        }
      }
      out.delete(start, end);
    }
  }
}
