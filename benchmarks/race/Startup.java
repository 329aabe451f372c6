import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Times a command from the start of its process to the first byte on its stdout, and to its end.
 *
 * <p>Where there is a /proc as Linux has it, also the processor time until the first byte, of all
 * threads: on a busy machine it varies less than the time on the clock.
 *
 * <p>{@code Startup RUNS table|json NAME COMMAND...}. One run before the first is not counted: it
 * builds what is not built, and brings the files into memory. A run that fails ends the measurement.
 */
public final class Startup {
  /** USER_HZ of Linux. */
  private static final double TICKS_PER_SECOND = 100;

  private record Run(double firstByte, double end, double cpu) {}

  public static void main(String[] args) throws Exception {
    int runs = Integer.parseInt(args[0]);
    List<String> command = List.of(args).subList(3, args.length);
    run(command);
    List<Run> all = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      all.add(run(command));
    }
    double[] firstByte = all.stream().mapToDouble(Run::firstByte).sorted().toArray();
    double[] cpu = all.stream().mapToDouble(Run::cpu).sorted().toArray();
    double[] end = all.stream().mapToDouble(Run::end).sorted().toArray();
    if (args[1].equals("json")) {
      System.out.printf(
          Locale.ROOT,
          "{\"command\":\"%s\",\"runs\":%d,\"first_byte_s\":%s,\"first_byte_cpu_s\":%s,\"end_s\":%s}%n",
          args[2],
          runs,
          json(firstByte),
          Double.isNaN(cpu[0]) ? "null" : json(cpu),
          json(end));
    } else {
      System.out.printf("%-10s %-11s %9s %9s %9s%n", args[2], runs + " runs", "median", "min", "max");
      row("first byte", firstByte);
      if (!Double.isNaN(cpu[0])) {
        row("its cpu", cpu);
      }
      row("end", end);
    }
  }

  private static Run run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    long start = System.nanoTime();
    Process process = builder.start();
    long first;
    double cpu;
    try (InputStream out = process.getInputStream()) {
      if (out.read() < 0) {
        throw new IOException(command + " printed nothing, exit code " + process.waitFor());
      }
      first = System.nanoTime();
      cpu = cpuSeconds(process);
      out.transferTo(java.io.OutputStream.nullOutputStream());
    }
    int exit = process.waitFor();
    long end = System.nanoTime();
    if (exit != 0) {
      throw new IOException(command + " ended with exit code " + exit);
    }
    return new Run((first - start) / 1e9, (end - start) / 1e9, cpu);
  }

  /** User and system time of a process so far (proc(5)), NaN where the system does not tell. */
  private static double cpuSeconds(Process process) throws IOException {
    Path stat = Path.of("/proc", Long.toString(process.pid()), "stat");
    if (!Files.isReadable(stat)) {
      return Double.NaN;
    }
    String line = Files.readString(stat);
    // The command's name, the second field, may have blanks; utime and stime are fields 14 and 15.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
  }

  private static double median(double[] sorted) {
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  private static String json(double[] sorted) {
    return String.format(
        Locale.ROOT,
        "{\"median\":%.4f,\"min\":%.4f,\"max\":%.4f,\"all\":%s}",
        median(sorted),
        sorted[0],
        sorted[sorted.length - 1],
        Arrays.toString(Arrays.stream(sorted).map(x -> Math.round(x * 1e4) / 1e4).toArray()));
  }

  private static void row(String name, double[] sorted) {
    System.out.printf(
        Locale.ROOT,
        "%-10s %-11s %7.3f s %7.3f s %7.3f s%n",
        "",
        name,
        median(sorted),
        sorted[0],
        sorted[sorted.length - 1]);
  }
}
