package io.longhaul.benchmarks.mapped;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What Linux counts for this process and for the machine.
 *
 * @param majorFaults accesses that waited for the disk, those of prefetching threads apart
 * @param bytesRead from the disk for this process, read ahead or not
 * @param anonymousBytes of this process in memory that are no file's: what cannot be given up
 * @param swappedOutPages of the machine
 * @param killedProcesses of the machine, for want of memory
 */
record Counters(
    long majorFaults,
    long bytesRead,
    long anonymousBytes,
    long swappedOutPages,
    long killedProcesses) {

  /** Linux knows the first 15 characters of a thread's name. */
  private static final String PREFETCH_THREAD = "longhaul-prefet";

  static Counters read() throws IOException {
    Map<String, Long> io = fields("/proc/self/io");
    Map<String, Long> status = fields("/proc/self/status");
    Map<String, Long> machine = fields("/proc/vmstat");
    return new Counters(
        readMajorFaults(),
        io.get("read_bytes"),
        status.get("RssAnon") << 10,
        machine.get("pswpout"),
        machine.get("oom_kill"));
  }

  /** Bytes that the machine could give to programs now: {@code MemAvailable}. */
  static long availableBytes() throws IOException {
    return fields("/proc/meminfo").get("MemAvailable") << 10;
  }

  static long memoryBytes() throws IOException {
    return fields("/proc/meminfo").get("MemTotal") << 10;
  }

  /** What has come since an earlier moment; the anonymous bytes are the larger ones. */
  Counters since(Counters earlier) {
    return new Counters(
        majorFaults - earlier.majorFaults,
        bytesRead - earlier.bytesRead,
        Math.max(anonymousBytes, earlier.anonymousBytes),
        swappedOutPages - earlier.swappedOutPages,
        killedProcesses - earlier.killedProcesses);
  }

  private static long readMajorFaults() throws IOException {
    long sum = 0;
    try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
      for (Path thread : threads.toList()) {
        Path file = thread.resolve("stat");
        // A thread may have ended meanwhile.
        String stat = Files.exists(file) ? Files.readString(file) : "";
        if (!stat.isEmpty() && !stat.contains("(" + PREFETCH_THREAD)) {
          // The name may hold blanks. After it come the state, and majflt as the tenth.
          String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
          sum += Long.parseLong(fields[9]);
        }
      }
    }
    return sum;
  }

  /** Lines such as {@code RssAnon: 1234 kB} or {@code pswpout 12}. */
  private static Map<String, Long> fields(String file) throws IOException {
    Map<String, Long> fields = new HashMap<>();
    for (String line : Files.readAllLines(Path.of(file))) {
      String[] words = line.split("[:\\s]+", 3);
      if (words.length >= 2 && words[1].matches("\\d{1,18}")) {
        fields.put(words[0], Long.parseLong(words[1]));
      }
    }
    return fields;
  }
}
