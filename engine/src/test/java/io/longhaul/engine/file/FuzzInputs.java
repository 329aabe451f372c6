package io.longhaul.engine.file;

import io.longhaul.engine.file.ByteMutation.Cut;
import io.longhaul.engine.file.ByteMutation.DuplicateSection;
import io.longhaul.engine.file.ByteMutation.FlipBit;
import io.longhaul.engine.file.ByteMutation.Insert;
import io.longhaul.engine.file.ByteMutation.SetByte;
import io.longhaul.engine.file.ByteMutation.SetField;
import io.longhaul.engine.file.TextMutation.Copy;
import io.longhaul.engine.file.TextMutation.Delete;
import io.longhaul.engine.file.TextMutation.Duplicate;
import io.longhaul.engine.file.TextMutation.Replace;
import io.longhaul.engine.file.TextMutation.ReplaceNumber;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.domains.DomainContextBase;

/** The random inputs of {@link FileFuzzTest}. */
final class FuzzInputs extends DomainContextBase {
  private static final int PLACES = 1 << 16;

  private static Arbitrary<Integer> place() {
    return Arbitraries.integers().between(0, PLACES).withoutEdgeCases();
  }

  /** Small numbers, any numbers, and those at which arithmetic goes wrong. */
  private static Arbitrary<Long> numbers() {
    return Arbitraries.frequencyOf(
        Tuple.of(3, Arbitraries.longs().between(0, 300)),
        Tuple.of(
            3,
            Arbitraries.of(
                -1L,
                -32L,
                Long.MAX_VALUE,
                Long.MIN_VALUE,
                Long.MAX_VALUE - 31,
                1L << 62,
                1L << 33,
                (1L << 32) - 1,
                1L << 32,
                1L << 31,
                (1L << 31) - 1,
                1L << 24,
                65536L)),
        Tuple.of(1, Arbitraries.longs()));
  }

  private static Arbitrary<byte[]> raw(int most) {
    return Arbitraries.bytes().array(byte[].class).ofMinSize(1).ofMaxSize(most);
  }

  private static byte[] littleEndian(long value, int size) {
    byte[] bytes =
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    return Arrays.copyOf(bytes, size);
  }

  /** What a GGUF header is made of, in any order. */
  private static Arbitrary<byte[]> fragments() {
    return Arbitraries.frequencyOf(
        Tuple.of(4, numbers().map(value -> littleEndian(value, 8))),
        Tuple.of(4, Arbitraries.longs().between(0, 15).map(value -> littleEndian(value, 4))),
        Tuple.of(3, Arbitraries.of("k", "t", "general.alignment", "").map(FuzzInputs::string)),
        Tuple.of(1, raw(40)));
  }

  private static byte[] string(String text) {
    return new GgufBytes().string(text).bytes();
  }

  @Provide
  Arbitrary<List<ByteMutation>> byteMutations() {
    Arbitrary<ByteMutation> one =
        Arbitraries.frequencyOf(
            Tuple.of(8, Combinators.combine(place(), numbers()).as(SetField::new)),
            Tuple.of(2, Combinators.combine(place(), Arbitraries.bytes()).as(SetByte::new)),
            Tuple.of(2, Combinators.combine(place(), place()).as(FlipBit::new)),
            Tuple.of(1, place().map(Cut::new)),
            Tuple.of(1, Combinators.combine(place(), fragments()).as(Insert::new)),
            Tuple.of(
                1,
                Combinators.combine(place(), Arbitraries.of(true, false))
                    .as(DuplicateSection::new)));
    return one.list().ofMinSize(1).ofMaxSize(3);
  }

  /** The rest of a GGUF file behind its version. */
  @Provide
  Arbitrary<RandomGguf> randomGguf() {
    return Combinators.combine(
            Arbitraries.longs().between(0, 4),
            Arbitraries.longs().between(0, 4),
            fragments().list().ofMaxSize(30),
            Arbitraries.of(true, false, false, false),
            raw(200))
        .as(RandomGguf::new);
  }

  /** Random fragments behind a header, or random bytes alone. */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record RandomGguf(
      long tensors, long pairs, List<byte[]> fragments, boolean bytesAlone, byte[] bytes) {
    byte[] file() {
      if (bytesAlone) {
        return bytes;
      }
      GgufBytes file = GgufBytes.header(tensors, pairs);
      for (byte[] fragment : fragments) {
        for (byte b : fragment) {
          file.raw(b);
        }
      }
      return file.data(bytes.length).bytes();
    }
  }

  private static Arbitrary<String> jsonTokens() {
    return Arbitraries.frequencyOf(
        Tuple.of(
            4,
            Arbitraries.of(
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\"",
                "null",
                "true",
                "1.5",
                "1e400",
                "\"\"",
                "\"a\"",
                "\"\\ud800\"",
                "\"../x\"",
                "\"dtype\"",
                "\"shape\"",
                "\"data_offsets\"",
                "\"F32\"",
                "\"F64\"",
                "\"F8_E5M2\"",
                "\"weight_map\"",
                "\"__metadata__\"",
                "[[[[[[[[[[",
                "\"1.safetensors\"",
                "\"2.safetensors\"",
                "\"model.safetensors.index.json\"",
                "-",
                "\ud83e\udd99",
                "\u0000",
                "{}",
                "[]",
                "\"\\u0000\"",
                "[".repeat(500))),
        Tuple.of(2, jsonNumbers()),
        Tuple.of(1, Arbitraries.strings().ofMaxLength(5)));
  }

  private static Arbitrary<String> jsonNumbers() {
    return Arbitraries.frequencyOf(
        Tuple.of(8, numbers().map(String::valueOf)),
        Tuple.of(1, Arbitraries.of("9223372036854775808", "1e3", "01", "9".repeat(2000), "-0")));
  }

  @Provide
  Arbitrary<List<TextMutation>> textMutations() {
    Arbitrary<Integer> few = Arbitraries.integers().between(1, 20);
    Arbitrary<TextMutation> one =
        Arbitraries.frequencyOf(
            Tuple.of(3, Combinators.combine(place(), jsonTokens()).as(Replace::new)),
            Tuple.of(4, Combinators.combine(place(), jsonNumbers()).as(ReplaceNumber::new)),
            Tuple.of(1, place().map(Delete::new)),
            Tuple.of(2, Combinators.combine(place(), few).as(Duplicate::new)),
            Tuple.of(2, Combinators.combine(place(), place()).as(Copy::new)));
    return one.list().ofMaxSize(4);
  }

  /** Text that may be the header of a safetensors file or an index. */
  record RandomJson(String text) {}

  /** Headers of right form and any content, or tokens of JSON in any order. */
  @Provide
  Arbitrary<RandomJson> randomJson() {
    Arbitrary<String> header =
        tensors().list().ofMaxSize(3).map(tensors -> "{" + String.join(",", tensors) + "}");
    Arbitrary<String> tokens =
        jsonTokens().list().ofMaxSize(30).map(list -> "{" + String.join("", list));
    return Arbitraries.frequencyOf(Tuple.of(3, header), Tuple.of(1, tokens)).map(RandomJson::new);
  }

  private static Arbitrary<String> tensors() {
    Arbitrary<Object> dimensions =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.longs().between(0, 8)), Tuple.of(1, jsonNumbers()));
    Arbitrary<List<Object>> shape = dimensions.list().ofMaxSize(3);
    Arbitrary<List<Object>> offsets =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.of(0L, 4L, 8L, 32L).map(end -> List.of(0L, end))),
            Tuple.of(1, dimensions.list().ofMaxSize(3)));
    return Combinators.combine(
            Arbitraries.of("a", "b", "__metadata__", ""),
            Arbitraries.of("F32", "U8", "BOOL", "I64", "F4"),
            shape,
            offsets)
        .as("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"::formatted);
  }
}
