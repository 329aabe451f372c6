package io.longhaul.cli.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One model is changed by one process at a time. The operating system lifts the lock of a process
 * that dies, however it dies. The lock files stay: to remove one would let two processes hold locks
 * on two files of the same name.
 */
final class StoreLock implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  /** A file lock is held by the whole JVM; between its threads these decide. */
  private static final Map<Path, ReentrantLock> THREADS = new ConcurrentHashMap<>();

  private final ReentrantLock thread;
  private final FileChannel channel;

  private StoreLock(ReentrantLock thread, FileChannel channel) {
    this.thread = thread;
    this.channel = channel;
  }

  /**
   * Waits until this process alone may change the model.
   *
   * @param waiting runs once if another holds the lock
   */
  static StoreLock acquire(Path models, String name, Runnable waiting) throws InterruptedException {
    Path file = models.resolve(".locks").resolve(name + ".lock");
    ReentrantLock thread = THREADS.computeIfAbsent(file, f -> new ReentrantLock());
    boolean told = false;
    if (!thread.tryLock()) {
      waiting.run();
      told = true;
      thread.lockInterruptibly();
    }
    try {
      return new StoreLock(thread, lock(file, told ? () -> {} : waiting));
    } catch (IOException e) {
      thread.unlock();
      throw new DiskException(
          "cannot lock "
              + file
              + ": "
              + HttpFailures.text(e)
              + "; set LONGHAUL_HOME to a folder where this user may write",
          e);
    } catch (InterruptedException e) {
      thread.unlock();
      throw e;
    }
  }

  private static FileChannel lock(Path file, Runnable waiting)
      throws IOException, InterruptedException {
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() == null) {
        waiting.run();
        while (channel.tryLock() == null) {
          Thread.sleep(POLL);
        }
      }
      return channel;
    } catch (IOException | InterruptedException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new DiskException("cannot release a lock: " + HttpFailures.text(e), e);
    } finally {
      thread.unlock();
    }
  }
}
