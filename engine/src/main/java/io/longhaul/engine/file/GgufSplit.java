package io.longhaul.engine.file;

import io.longhaul.engine.ModelException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A GGUF model split over files named {@code NAME-00001-of-00003.gguf}, as llama.cpp's gguf-split
 * writes them: each holds its own tensors, the first also the model's metadata.
 *
 * @param prefix the name up to the numbers
 * @param number of the part, from 1
 * @param count of parts
 */
record GgufSplit(String prefix, int number, int count) {
  private static final Pattern NAME =
      Pattern.compile("(.*)-(\\d{5})-of-(\\d{5})\\.gguf", Pattern.DOTALL);
  private static final String NUMBER = "split.no";
  private static final String COUNT = "split.count";
  private static final String TENSORS = "split.tensors.count";

  /** What the name of a part says, empty if it is not one. */
  static Optional<GgufSplit> of(Path path) {
    Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
    return name.matches()
        ? Optional.of(
            new GgufSplit(
                name.group(1), Integer.parseInt(name.group(2)), Integer.parseInt(name.group(3))))
        : Optional.empty();
  }

  /** The same model's part with this number. */
  String fileName(int part) {
    return String.format(Locale.ROOT, "%s-%05d-of-%05d.gguf", prefix, part, count);
  }

  /**
   * The parts of the model to which an opened file belongs: itself alone, or all parts in order.
   *
   * @throws ModelException if a part is missing, or parts do not fit together
   */
  static List<GgufPart> parts(GgufPart opened, Arena arena, HeaderBudget budget) {
    int count = opened.metadata().integer(COUNT).orElse(1);
    if (count == 1 || count == 0) {
      return List.of(opened);
    }
    GgufSplit split =
        of(opened.path())
            .filter(named -> named.count == count)
            .orElseThrow(
                () ->
                    wrong(
                        opened,
                        COUNT,
                        count,
                        "the file name to end in -00001-of-%05d.gguf".formatted(count)));
    List<GgufPart> parts = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      GgufPart part =
          number == split.number
              ? opened
              : GgufParser.read(split.path(opened, number), arena, budget);
      require(part, COUNT, count);
      require(part, NUMBER, number - 1);
      parts.add(part);
    }
    int tensors = parts.stream().mapToInt(part -> part.tensors().size()).sum();
    for (GgufPart part : parts) {
      require(part, TENSORS, tensors);
    }
    return parts;
  }

  private Path path(GgufPart opened, int part) {
    Path path = opened.path().resolveSibling(fileName(part));
    if (!Files.exists(path)) {
      throw new ModelException(
          "%s: part %d of %d of the split model is missing; put all parts into one folder"
              .formatted(path, part, count));
    }
    return path;
  }

  private static void require(GgufPart part, String key, int expected) {
    int found = part.metadata().requireInteger(key);
    if (found != expected) {
      throw wrong(part, key, found, String.valueOf(expected));
    }
  }

  private static ModelException wrong(GgufPart part, String key, int found, String expected) {
    return new ModelException(
        "%s: metadata field %s is %d, expected %s".formatted(part.path(), key, found, expected));
  }
}
