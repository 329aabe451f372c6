package io.longhaul.engine.text;

import io.longhaul.engine.file.Metadata;
import io.longhaul.engine.json.Json;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/**
 * What scripts/oracle/tokenizer_parity.py wrote of one vocabulary: the tokenizer's files and what
 * the reference made of the strings.
 */
final class TokenizerReference {
  /** Where the files come from: the class path or a folder. */
  interface Source {
    /** The content, or null if there is no such file. */
    byte[] read(String name) throws IOException;
  }

  private final Source files;
  private final String variant;

  TokenizerReference(Source files, String variant) {
    this.files = files;
    this.variant = variant;
  }

  static byte[] unzip(byte[] bytes) throws IOException {
    try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return in.readAllBytes();
    }
  }

  /** The strings, which may hold lone surrogates. */
  static List<String> strings(Source files) throws IOException {
    byte[] bytes = unzip(files.read("strings.gz"));
    List<String> strings = new ArrayList<>();
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    while (in.available() > 0) {
      char[] chars = new char[in.readInt()];
      for (int i = 0; i < chars.length; i++) {
        chars[i] = in.readChar();
      }
      strings.add(new String(chars));
    }
    return strings;
  }

  /** The tokenizer under test. */
  Tokenizer tokenizer() throws IOException {
    byte[] metadata = files.read(variant + "/metadata.json.gz");
    if (metadata != null) {
      return Tokenizers.fromGguf(metadata(variant, unzip(metadata)));
    }
    Path folder = Files.createTempDirectory("tokenizer");
    Path file = folder.resolve("tokenizer.json");
    try {
      Files.write(file, unzip(files.read(variant + "/tokenizer.json.gz")));
      return Tokenizers.fromTokenizerJson(folder);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  /** The fields of a GGUF file, written as JSON, in the types that its reader gives them. */
  static Metadata metadata(String source, byte[] json) {
    Map<String, Object> values = new LinkedHashMap<>();
    Json.readObject(source, json).forEach((key, value) -> values.put(key, typed(value)));
    return new Metadata(source, values);
  }

  private static Object typed(Object value) {
    if (!(value instanceof List<?> list)) {
      return value;
    }
    if (list.stream().allMatch(String.class::isInstance)) {
      return list.toArray(String[]::new);
    }
    if (list.stream().allMatch(Long.class::isInstance)) {
      return list.stream().mapToLong(Long.class::cast).toArray();
    }
    return list.stream().mapToDouble(number -> ((Number) number).doubleValue()).toArray();
  }

  /** For each string the digest of its tokens, without special tokens and with them. */
  int[][] expected(int count) throws IOException {
    byte[] bytes = unzip(files.read(variant + "/expected.gz"));
    int[][] digests = new int[2][count];
    for (int i = 0; i < count; i++) {
      digests[0][i] = three(bytes, 3 * i);
      digests[1][i] = three(bytes, 3 * (count + i)) ^ digests[0][i];
    }
    return digests;
  }

  private static int three(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 16 | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF);
  }

  /** A digest of token ids: three bytes of the CRC-32 of their little-endian form. */
  static int digest(int[] ids) {
    byte[] bytes = new byte[ids.length * 4];
    for (int i = 0; i < ids.length; i++) {
      for (int b = 0; b < 4; b++) {
        bytes[4 * i + b] = (byte) (ids[i] >>> (8 * b));
      }
    }
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue() & 0xFFFFFF;
  }

  /** Tokens and the text that the reference makes of them. */
  record Answer(List<Integer> tokens, String text) {
    int[] ids() {
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /** Answers of random tokens. */
  List<Answer> answers() throws IOException {
    List<Answer> answers = new ArrayList<>();
    byte[] json = unzip(files.read(variant + "/decode.json.gz"));
    for (Object pair : (List<?>) Json.read(variant, json)) {
      List<?> both = (List<?>) pair;
      List<Integer> ids =
          ((List<?>) both.get(0)).stream().map(id -> (int) (long) (Long) id).toList();
      answers.add(new Answer(ids, (String) both.get(1)));
    }
    return answers;
  }

  Map<String, Object> facts() throws IOException {
    return Json.readObject(variant, files.read(variant + "/facts.json"));
  }

  /** Whether end tokens and prefix are the reference's, where the reference knows them. */
  boolean agreesOnEndAndPrefix(Tokenizer tokenizer) throws IOException {
    Map<String, Object> facts = facts();
    List<Long> ends = tokenizer.endTokens().stream().map(Integer::longValue).sorted().toList();
    List<Long> prefix = IntStream.of(tokenizer.prefix()).asLongStream().boxed().toList();
    return !facts.get("reference").equals("llama.cpp")
        || (ends.equals(facts.get("end")) && prefix.equals(facts.get("prefix")));
  }

  /** The strings whose tokens are not the reference's, and the answers whose text is not. */
  record Comparison(List<String> encodings, List<String> decodings, int strings, int answers) {}

  Comparison compare(Tokenizer tokenizer, List<String> strings) throws IOException {
    int[][] expected = expected(strings.size());
    List<String> encodings = new ArrayList<>();
    for (int i = 0; i < strings.size(); i++) {
      for (int special = 0; special < 2; special++) {
        int[] ids = tokenizer.encode(strings.get(i), special == 1);
        if (digest(ids) != expected[special][i]) {
          encodings.add(
              "string %d, special tokens %s: %s is %s"
                  .formatted(
                      i,
                      special == 1 ? "parsed" : "not parsed",
                      shown(strings.get(i)),
                      pieces(tokenizer, ids)));
        }
      }
    }
    List<String> decodings = new ArrayList<>();
    List<Answer> answers = answers();
    for (Answer answer : answers) {
      String decoded = tokenizer.decode(answer.ids());
      if (!decoded.equals(answer.text())) {
        decodings.add(
            "%s is %s, expected %s"
                .formatted(pieces(tokenizer, answer.ids()), shown(decoded), shown(answer.text())));
      }
    }
    return new Comparison(encodings, decodings, strings.size(), answers.size());
  }

  private static String pieces(Tokenizer tokenizer, int[] ids) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < Math.min(ids.length, 40); i++) {
      out.append(ids[i]).append(':').append(shown(tokenizer.decode(ids[i]))).append(' ');
    }
    return out.append(ids.length > 40 ? "… (" + ids.length + ")" : "").toString();
  }

  private static String shown(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.substring(0, Math.min(200, text.length())).toCharArray()) {
      out.append(c >= ' ' && c < 0x7F ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return out.append('"').toString();
  }
}
