import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checks (or, with {@code apply}, rewrites) the format of every Java file below the given folder.
 *
 * <p>A program of its own because the formatter must run on the project's JDK, while Maven itself
 * may run on an older one that cannot parse the project's language level.
 */
public final class Format {
  public static void main(String[] args) throws Exception {
    boolean apply = args[0].equals("apply");
    List<Path> wrong = new ArrayList<>();
    var formatter = new Formatter();
    for (String root : List.of(args).subList(1, args.length)) {
      if (!Files.isDirectory(Path.of(root))) {
        continue;
      }
      try (var files = Files.walk(Path.of(root))) {
        for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(".java"))::iterator) {
          String source = Files.readString(file);
          String formatted = formatter.formatSourceAndFixImports(RemoveUnusedImports.removeUnusedImports(source));
          if (!formatted.equals(source)) {
            wrong.add(file);
            if (apply) {
              Files.writeString(file, formatted);
            }
          }
        }
      }
    }
    if (!wrong.isEmpty()) {
      wrong.forEach(f -> System.err.println((apply ? "formatted " : "not formatted: ") + f));
      if (!apply) {
        System.err.println("To format: mvn -q compile -Dformat=apply");
        System.exit(1);
      }
    }
  }
}
