package io.longhaul.engine.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads what Linux says of memory, in file trees as it lays them out. */
class MachineMemoryTest {
  private static final long GIB = 1L << 30;
  @TempDir Path root;

  @BeforeEach
  void machineOf64Gib() throws IOException {
    write(
        "proc/meminfo",
        """
        MemTotal:       67108864 kB
        MemFree:         1048576 kB
        MemAvailable:   50331648 kB
        HugePages_Total:       0
        """);
  }

  @Test
  void withoutLimitsTheMachineCounts() throws IOException {
    write("sys/fs/cgroup/memory.max", "max\n");
    assertMemory(64 * GIB, 48 * GIB, "/proc/meminfo");
  }

  @Test
  void limitOfAContainer() throws IOException {
    write("sys/fs/cgroup/memory.max", 16 * GIB + "\n");
    write("sys/fs/cgroup/memory.current", 10 * GIB + "\n");
    write(
        "sys/fs/cgroup/memory.stat",
        """
        anon 1
        active_file %d
        inactive_file %d
        """
            .formatted(3 * GIB, 4 * GIB));
    assertMemory(16 * GIB, 13 * GIB, "cgroup");
  }

  @Test
  void theLeastLimitOfTheNestedGroupsCounts() throws IOException {
    write("proc/self/cgroup", "0::/a.slice/b.scope\n");
    write("sys/fs/cgroup/a.slice/memory.max", 8 * GIB + "\n");
    write("sys/fs/cgroup/a.slice/memory.current", 2 * GIB + "\n");
    write("sys/fs/cgroup/a.slice/b.scope/memory.max", 32 * GIB + "\n");
    assertMemory(8 * GIB, 6 * GIB, "a.slice");
  }

  @Test
  void limitOfVersionOne() throws IOException {
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", 4 * GIB + "\n");
    write("sys/fs/cgroup/memory/memory.usage_in_bytes", GIB + "\n");
    assertMemory(4 * GIB, 3 * GIB, "memory");
  }

  @Test
  void noLimitOfVersionOne() throws IOException {
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertMemory(64 * GIB, 48 * GIB, "/proc/meminfo");
  }

  @Test
  void aPathThatLeavesTheTreeIsNotFollowed() throws IOException {
    write("proc/self/cgroup", "0::/../../outside\n");
    write("outside/memory.max", "1\n");
    assertMemory(64 * GIB, 48 * GIB, "/proc/meminfo");
  }

  @Test
  void thisMachine() {
    MachineMemory memory = MachineMemory.measure();
    assertThat(memory.physical()).isGreaterThan(GIB / 4);
    assertThat(memory.available()).isBetween(1L, memory.physical());
  }

  /** Lower than any memory, and higher: a loop that the JIT compiler removed would show. */
  @Test
  void bandwidthIsThatOfMemory() {
    MemoryBandwidth one = MemoryBandwidth.measure(1, 1L << 30);
    assertThat(one.bytesPerSecond()).isBetween(0.05e9, 2e12);
    assertThat(one.rounds()).isGreaterThanOrEqualTo(3);
    assertThat(MemoryBandwidth.measure(3, 1L << 30).bytesPerSecond()).isBetween(0.05e9, 20e12);
  }

  private void assertMemory(long physical, long available, String source) {
    MachineMemory memory = MachineMemory.measure(root);
    assertThat(memory.physical()).isEqualTo(physical);
    assertThat(memory.available()).isEqualTo(available);
    assertThat(memory.source()).contains(source);
  }

  private void write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
