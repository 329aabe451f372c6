package io.longhaul.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in the README compiles and runs, here with a tiny model. */
class ReadmeExampleTest {
  private static final Path README = Path.of("../README.md");
  private static final Path MODEL =
      Path.of("src/test/resources/io/longhaul/engine/model/tiny/gguf-llama-llama3/model.gguf");
  private static final Pattern BLOCK = Pattern.compile("(?s)```java\\n(.*?)\\n```");
  private static final Pattern LOADED = Pattern.compile("Path\\.of\\(\"[^\"]*\"\\)");
  private static final Pattern CLASS = Pattern.compile("\\bclass (\\w+)");

  @TempDir Path temp;

  @Test
  void compilesAndRuns() throws Exception {
    String example = find(BLOCK, Files.readString(README));
    assertThat(find(LOADED, example)).isNotEmpty();
    String source =
        LOADED
            .matcher(example)
            .replaceAll(Matcher.quoteReplacement("Path.of(\"%s\")".formatted(slashes(MODEL))));
    String name = find(CLASS, example);
    compile(Files.writeString(temp.resolve(name + ".java"), source));
    String printed = run(name);
    assertThat(printed).isNotEmpty();
    assertThat(printed).isEqualTo(run(name));
  }

  /** The first group of the first match, or all of it where there is no group. */
  private static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
    return matcher.group(matcher.groupCount());
  }

  private static String slashes(Path path) {
    return path.toAbsolutePath().toString().replace('\\', '/');
  }

  private void compile(Path source) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of(
                      "-Xlint:all,-classfile,-path",
                      "-Werror",
                      "-proc:none",
                      "-d",
                      temp.toString(),
                      "-cp",
                      System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  private String run(String name) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try (URLClassLoader loader = new URLClassLoader(new URL[] {temp.toUri().toURL()})) {
      var main = loader.loadClass(name).getDeclaredMethod("main", mainParameters(loader, name));
      main.setAccessible(true);
      if (main.getParameterCount() == 1) {
        main.invoke(null, (Object) new String[0]);
      } else {
        main.invoke(null);
      }
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  /** A main method takes arguments or none (JEP 512). */
  private static Class<?>[] mainParameters(ClassLoader loader, String name) throws Exception {
    for (var method : loader.loadClass(name).getDeclaredMethods()) {
      if (method.getName().equals("main")) {
        return method.getParameterTypes();
      }
    }
    throw new AssertionError(name + " has no main method");
  }
}
