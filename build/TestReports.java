import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;

/**
 * Fails when a test was skipped: a skipped test is a failed test. {@code TestReports FOLDER...}
 * reads the XML reports of Surefire and Failsafe in the folders that exist.
 */
public final class TestReports {
  public static void main(String[] args) throws Exception {
    List<String> skipped = new ArrayList<>();
    for (String folder : args) {
      for (Path report : reports(Path.of(folder))) {
        var root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile());
        var marks = root.getElementsByTagName("skipped");
        for (int i = 0; i < marks.getLength(); i++) {
          var test = (org.w3c.dom.Element) marks.item(i).getParentNode();
          skipped.add(test.getAttribute("classname") + "." + test.getAttribute("name"));
        }
      }
    }
    if (!skipped.isEmpty()) {
      skipped.forEach(test -> System.err.println("skipped test: " + test));
      System.err.println("A skipped test is a failed test: let it run, or delete it.");
      System.exit(1);
    }
  }

  private static List<Path> reports(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.getFileName().toString().matches("TEST-.*\\.xml")).toList();
    }
  }
}
