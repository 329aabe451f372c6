package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import io.longhaul.engine.json.Json;
import io.longhaul.engine.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Opens files that may be anything. Each must be either sound, and then all of it readable, or
 * refused with a message that names it, and soon.
 */
final class FuzzTarget {
  /** Far over what any of these files takes, so that a busy machine does not fail the test. */
  private static final long LIMIT_NANOS = 10_000_000_000L;

  /** What messages of refusals say, to count them by. */
  private static final List<String> REASONS =
      List.of(
          "begin with GGUF",
          "does not begin with {",
          "big-endian",
          "GGUF version",
          "hold at most",
          "not valid UTF-8",
          "occurs twice",
          "is empty",
          "the value type is",
          "the element type is",
          "nested more than",
          "a boolean is",
          "expected a power of two",
          "number of dimensions",
          "expected a positive number",
          "type id",
          "must be a multiple",
          "is too large",
          "not a multiple of the alignment",
          "go beyond",
          "lies within",
          "split.",
          "header length",
          "too few",
          "not valid JSON",
          "more text after",
          "unpaired surrogate",
          "unknown field",
          "is not supported",
          "more than",
          "is not an integer",
          "are not within",
          "but data_offsets hold",
          "data_offsets begin at",
          "the tensors end at",
          "expected dtype",
          "not the name of a file",
          "not in the folder",
          "but it is not",
          "also in another file",
          "missing or empty",
          "found ",
          "the value is",
          "takes",
          "is cut short",
          "neither begins");

  private final Map<String, Long> outcomes = new TreeMap<>();
  private long slowestNanos;
  private long inputs;

  /** Opens the file and reads what it holds. */
  void open(Path path, String nameInMessages) {
    long start = System.nanoTime();
    String outcome = outcome(path, nameInMessages);
    long nanos = System.nanoTime() - start;
    check(nanos < LIMIT_NANOS, "opening took %d ns".formatted(nanos));
    slowestNanos = Math.max(slowestNanos, nanos);
    outcomes.merge(outcome, 1L, Long::sum);
    inputs++;
  }

  private static String outcome(Path path, String nameInMessages) {
    try (ModelFile file = ModelFile.open(path)) {
      read(file);
      return "opened, tensors: " + Math.min(10, file.tensors().size());
    } catch (ModelException e) {
      String message = e.getMessage();
      check(message.contains(nameInMessages), "the message names no file: " + message);
      check(message.length() < 1000 && isOneLine(message), "not one short line: " + message);
      return "refused: " + REASONS.stream().filter(message::contains).findFirst().orElse("other");
    }
  }

  private static void read(ModelFile file) {
    long bytes = 0;
    for (Tensor tensor : file.tensors()) {
      long size = tensor.data().byteSize();
      bytes += size;
      check(size == tensor.type().bytes(tensor.elements()), "wrong size of " + tensor);
      if (size > 0) {
        byte first = tensor.data().get(ValueLayout.JAVA_BYTE, 0);
        byte last = tensor.data().get(ValueLayout.JAVA_BYTE, size - 1);
        check(Math.abs(first + last) <= 256, "bytes beyond bytes");
      }
      check(file.tensor(tensor.name()).equals(Optional.of(tensor)), "another tensor of the name");
    }
    long fileBytes = file.files().stream().mapToLong(path -> path.toFile().length()).sum();
    check(bytes <= fileBytes, "tensors share bytes");
    FileListing listing = FileListing.of(file);
    for (String line : listing.lines()) {
      check(isOneLine(line), "not one line: " + line);
    }
    var json = new ByteArrayOutputStream();
    listing.writeJson(json);
    Map<String, Object> read = Json.readObject("listing", json.toByteArray());
    check(((List<?>) read.get("tensors")).size() == file.tensors().size(), "tensors not listed");
  }

  private static boolean isOneLine(String text) {
    return text.chars().noneMatch(c -> c < ' ');
  }

  /** Not AssertJ, which would take most of the time of a million inputs. */
  private static void check(boolean holds, String problem) {
    if (!holds) {
      throw new AssertionError(problem);
    }
  }

  /** How many inputs ended how. */
  String report(String title) {
    var report = new StringBuilder();
    report.append("%s: inputs %d, slowest %.1f ms%n".formatted(title, inputs, slowestNanos / 1e6));
    outcomes.forEach((outcome, count) -> report.append("  %9d  %s%n".formatted(count, outcome)));
    return report.toString();
  }
}
