package io.longhaul.cli.start;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes what the launcher needs to start fast with the JDK that runs this program: {@code FastStart
 * DIR KEY} fills the folder {@code DIR} with
 *
 * <ul>
 *   <li>{@code vector.jar}, the classes of the Vector API for the boot class path,
 *   <li>{@code longhaul.aot}, the AOT cache of the class path of this program,
 *   <li>{@code java.options}, written last: the JVM options that use the two, as an argument file
 *       of {@code java}. Its first line is {@code # KEY}, by which the launcher knows whom it
 *       suits.
 * </ul>
 *
 * <p>If the JVM does not compile the Vector API to vector instructions that way (the options are
 * HotSpot's own and may change after JDK 25), {@code java.options} has neither, and {@link
 * VectorModule} loads the module at start.
 */
final class FastStart {
  /**
   * What HotSpot sets when it meets the module (Modules::define_module), in the form of options,
   * since on the boot class path it meets none.
   */
  private static final List<String> VECTOR_OPTIONS =
      List.of(
          "-XX:+UnlockExperimentalVMOptions",
          "-XX:+EnableVectorSupport",
          "-XX:+EnableVectorReboxing",
          "-XX:+EnableVectorAggressiveReboxing");

  /**
   * Code of the Vector API is hundreds of times slower before C2 has compiled it, as each vector is
   * an object until then: to wait for the compiler costs less than to go on meanwhile. So a kernel
   * that has run a hundredth of the usual times is compiled, and its callers wait. The profile from
   * the training makes up for the one that so few runs give.
   */
  private static final List<String> KERNEL_OPTIONS =
      List.of(
          "-XX:CompileCommand=quiet",
          "-XX:CompileCommand=BackgroundCompilation,io.longhaul.engine.kernel.vector.*::*,false",
          "-XX:CompileCommand=CompileThresholdScaling,io.longhaul.engine.kernel.vector.*::*,0.01");

  /**
   * One thread of C1 and two of C2, as a machine with four processors gets. With fewer, C2 has one
   * thread, and kernels of the Vector API wait for the compilation of code that nobody waits for.
   * Machine code waits for none, and shares the processors with that thread.
   */
  private static final String TWO_OF_C2 = "-XX:CICompilerCount=3";

  /**
   * Nothing but errors of the JVM is for the user, and stdout is for the answer alone. What is
   * large lies off the heap, so that it is small and grows late: the serial collector needs the
   * least memory and time for it.
   */
  private static final List<String> COMMON_OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms24m",
          "--enable-native-access=ALL-UNNAMED",
          "-XX:+DisplayVMOutputToStderr",
          "-Xlog:disable",
          "-Xlog:all=error,aot*=off,cds*=off:stderr",
          "-XX:-UsePerfData",
          // The other accessors of a field or constructor cost a class each.
          "-Djdk.reflect.useNativeAccessorOnly=true");

  private final Path directory;
  private final String key;
  private final Path options;

  private FastStart(Path directory, String key) {
    this.directory = directory;
    this.key = key;
    this.options = directory.resolve("java.options");
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    new FastStart(Path.of(args[0]).toAbsolutePath(), args[1]).make();
  }

  private void make() throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Files.deleteIfExists(options);
    Path vectorJar = directory.resolve("vector.jar");
    Path fresh = directory.resolve("vector.jar.new");
    VectorJar.write(fresh);
    // Renamed, not overwritten: a longhaul that runs keeps reading the file it has open.
    Files.move(fresh, vectorJar, StandardCopyOption.REPLACE_EXISTING);

    List<String> jvm = new ArrayList<>(COMMON_OPTIONS);
    jvm.addAll(VectorJar.exports());
    jvm.addAll(VECTOR_OPTIONS);
    jvm.addAll(KERNEL_OPTIONS);
    jvm.add("-Xbootclasspath/a:" + vectorJar);
    if (java(directory, jvm, VectorCheck.class, "10") != 0) {
      System.out.println("no vector instructions on the boot class path: using the module");
      write(COMMON_OPTIONS);
      return;
    }
    if (Runtime.getRuntime().availableProcessors() < 4
        && java(directory, jvm, MachineCheck.class) != 0) {
      jvm.add(TWO_OF_C2);
    }
    Path cache = directory.resolve("longhaul.aot");
    if (train(jvm, cache)) {
      jvm.add("-XX:AOTCache=" + cache);
    }
    write(jvm);
  }

  /** Records a run, then makes the cache; whether both succeeded. */
  private boolean train(List<String> jvm, Path cache) throws IOException, InterruptedException {
    Path recorded = directory.resolve("longhaul.aotconf");
    Path home = Files.createTempDirectory("longhaul-training");
    Files.deleteIfExists(cache);
    try {
      List<String> record = new ArrayList<>(jvm);
      record.add("-XX:AOTMode=record");
      record.add("-XX:AOTConfiguration=" + recorded);
      List<String> create = new ArrayList<>(jvm);
      create.add("-XX:AOTMode=create");
      create.add("-XX:AOTConfiguration=" + recorded);
      create.add("-XX:AOTCache=" + cache);
      return java(home, record, Training.class, home.toString()) == 0
          && java(home, create, Training.class) == 0
          && Files.isRegularFile(cache);
    } finally {
      Files.deleteIfExists(recorded);
      delete(home);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void write(List<String> jvm) throws IOException {
    Path fresh = directory.resolve("java.options.new");
    String lines = jvm.stream().map(FastStart::quoted).collect(Collectors.joining("\n"));
    Files.writeString(fresh, "# " + key + "\n" + lines + "\n");
    Files.move(fresh, options, StandardCopyOption.REPLACE_EXISTING);
  }

  /** An argument as an argument file wants it. */
  private static String quoted(String argument) {
    return '"' + argument.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static int java(Path home, List<String> jvm, Class<?> program, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(program.getName());
    command.addAll(List.of(arguments));
    System.out.println(String.join(" ", command));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put("LONGHAUL_HOME", home.toString());
    return builder.start().waitFor();
  }
}
