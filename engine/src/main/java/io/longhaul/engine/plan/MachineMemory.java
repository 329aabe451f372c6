package io.longhaul.engine.plan;

import com.sun.management.OperatingSystemMXBean;
import io.longhaul.engine.ModelException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Memory that a process may use.
 *
 * @param physical bytes that the machine has, or the container is allowed
 * @param available bytes of it that nobody else holds now; file caches count as available
 * @param source where the numbers come from, for the user
 */
public record MachineMemory(long physical, long available, String source) {
  /** Files below {@code /sys/fs/cgroup} with the limit and the use, version 2 and version 1. */
  private static final List<String[]> CGROUP_FILES =
      List.of(
          new String[] {"memory.max", "memory.current", "memory.stat"},
          new String[] {
            "memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"
          });

  /** The memory of the machine or container that this process runs in. */
  public static MachineMemory measure() {
    return measure(Path.of("/"));
  }

  /** The memory that somebody described. */
  public static MachineMemory described(long bytes) {
    return new MachineMemory(bytes, bytes, "as described");
  }

  /**
   * @param root of the file system, {@code /} but in tests
   */
  static MachineMemory measure(Path root) {
    Path meminfo = root.resolve("proc/meminfo");
    if (!Files.isReadable(meminfo)) {
      return ofSystemBean();
    }
    MachineMemory machine = ofMeminfo(meminfo);
    for (Path folder : cgroups(root)) {
      for (String[] names : CGROUP_FILES) {
        machine = machine.within(folder, names);
      }
    }
    return machine;
  }

  private static MachineMemory ofMeminfo(Path file) {
    Map<String, Long> fields = new HashMap<>();
    for (String line : lines(file)) {
      // MemTotal:       24592416 kB
      String[] parts = line.split("\\s+", -1);
      if (parts.length == 3 && parts[2].equals("kB")) {
        fields.put(parts[0], Long.parseLong(parts[1]) << 10);
      }
    }
    Long total = fields.get("MemTotal:");
    if (total == null) {
      throw new ModelException(file + ": field MemTotal is missing; give --memory");
    }
    long available = fields.getOrDefault("MemAvailable:", fields.getOrDefault("MemFree:", total));
    return new MachineMemory(total, available, "/proc/meminfo");
  }

  /**
   * The folders of the process's cgroup and of those above it, the innermost first: each may set a
   * limit. In a container with a namespace of its own, that is the root alone.
   */
  private static List<Path> cgroups(Path root) {
    Path top = root.resolve("sys/fs/cgroup");
    Path own = top;
    Path membership = root.resolve("proc/self/cgroup");
    if (Files.isReadable(membership)) {
      for (String line : lines(membership)) {
        // Version 2 is the hierarchy without a number of its own: 0::/user.slice
        if (line.startsWith("0::/")) {
          own = top.resolve(line.substring("0::/".length())).normalize();
        }
      }
    }
    List<Path> folders = new ArrayList<>(List.of(top));
    for (Path folder = own; folder != null && !folder.equals(top); folder = folder.getParent()) {
      if (!folder.startsWith(top)) {
        break;
      }
      folders.add(folder);
    }
    return folders;
  }

  private MachineMemory within(Path folder, String[] names) {
    Optional<Long> limit = number(folder.resolve(names[0]));
    // No limit is the word "max" in version 2, and a number close to 2^63 in version 1.
    if (limit.isEmpty() || limit.get() >= physical) {
      return this;
    }
    long used = number(folder.resolve(names[1])).orElse(0L) - fileCache(folder.resolve(names[2]));
    long free = Math.max(0, limit.get() - Math.max(0, used));
    return new MachineMemory(
        limit.get(), Math.min(available, free), "the limit in " + folder.resolve(names[0]));
  }

  /** Pages of files that can be given up; they count as used, but a model may take their place. */
  private static long fileCache(Path stat) {
    if (!Files.isReadable(stat)) {
      return 0;
    }
    return lines(stat).stream()
        .filter(line -> line.startsWith("inactive_file ") || line.startsWith("active_file "))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1).strip()))
        .sum();
  }

  private static Optional<Long> number(Path file) {
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    String text = String.join("", lines(file)).strip();
    return text.matches("\\d{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read (" + e + "); give --memory", e);
    }
  }

  private static MachineMemory ofSystemBean() {
    var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new MachineMemory(
        system.getTotalMemorySize(), system.getFreeMemorySize(), "the operating system");
  }
}
