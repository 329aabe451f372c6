package io.longhaul.engine.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A small fixed team of threads that share the chunks of one loop at a time.
 *
 * <p>The caller is one of the team. Chunks are taken from a shared counter, so a thread that the
 * machine has preempted delays only the chunk it holds; one that has not even begun is not waited
 * for. Between loops the others spin for a short while, because the next loop of a token follows
 * within microseconds, then park; so does the caller while it waits for the last chunk.
 */
public final class KernelTeam implements AutoCloseable {
  /**
   * Some 40 µs. Where other processes want the processors, a thread that spins spends its share on
   * nothing, and one that has slept comes first when there is work.
   */
  private static final int SPINS_BEFORE_PARKING = 2_000;

  /** One chunk of a loop. */
  @FunctionalInterface
  public interface Body {
    /** Handles the items {@code from} (inclusive) to {@code to} (exclusive). */
    void run(int from, int to, Scratch scratch);
  }

  private final Worker[] workers;
  private final Scratch callerScratch = new Scratch();
  private final ReentrantLock oneLoopAtATime = new ReentrantLock();
  private volatile Loop current = new Loop(0, 1, (from, to, scratch) -> {});
  private volatile boolean closed;

  /**
   * @param threads how many work together, the caller included
   */
  public KernelTeam(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
    workers = new Worker[threads - 1];
    for (int i = 0; i < workers.length; i++) {
      workers[i] = new Worker(i);
      workers[i].thread.start();
    }
  }

  public int threads() {
    return workers.length + 1;
  }

  /**
   * Runs {@code body} over the items 0 to {@code items - 1} in chunks and returns when all are
   * done. What one of the threads throws is thrown here.
   */
  public void run(int items, int chunk, Body body) {
    oneLoopAtATime.lock();
    try {
      if (workers.length == 0 || items <= chunk) {
        if (items > 0) {
          body.run(0, items, callerScratch);
        }
        return;
      }
      Loop loop = new Loop(items, chunk, body);
      current = loop;
      for (Worker worker : workers) {
        worker.wake();
      }
      loop.work(callerScratch);
      loop.closeAndAwait();
    } finally {
      oneLoopAtATime.unlock();
    }
  }

  /** Ends the threads and frees their scratch memory. */
  @Override
  public void close() {
    oneLoopAtATime.lock();
    try {
      closed = true;
      for (Worker worker : workers) {
        LockSupport.unpark(worker.thread);
      }
      callerScratch.close();
    } finally {
      oneLoopAtATime.unlock();
    }
  }

  /** One loop: the counter of its chunks and the number of helpers inside it. */
  private static final class Loop {
    private static final int CLOSED = 1 << 30;

    private final int items;
    private final int chunk;
    private final Body body;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger helpers = new AtomicInteger();
    private volatile Throwable failure;

    /** The thread that waits for helpers, once it has parked. */
    private volatile Thread caller;

    Loop(int items, int chunk, Body body) {
      this.items = items;
      this.chunk = chunk;
      this.body = body;
    }

    void help(Scratch scratch) {
      int inside = helpers.get();
      while (inside < CLOSED) {
        if (helpers.compareAndSet(inside, inside + 1)) {
          try {
            work(scratch);
          } finally {
            leave();
          }
          return;
        }
        inside = helpers.get();
      }
    }

    private void leave() {
      if (helpers.decrementAndGet() == CLOSED) {
        Thread waiting = caller;
        if (waiting != null) {
          LockSupport.unpark(waiting);
        }
      }
    }

    void work(Scratch scratch) {
      try {
        for (int from = next.getAndAdd(chunk); from < items; from = next.getAndAdd(chunk)) {
          body.run(from, Math.min(items, from + chunk), scratch);
        }
      } catch (Throwable e) {
        failure = e;
        next.set(items);
      }
    }

    void closeAndAwait() {
      if (helpers.addAndGet(CLOSED) != CLOSED) {
        await();
      }
      switch (failure) {
        case null -> {}
        case RuntimeException e -> throw e;
        case Error e -> throw e;
        case Throwable e -> throw new IllegalStateException(e);
      }
    }

    /** Until the last helper has left. */
    private void await() {
      for (int spin = 0; spin < SPINS_BEFORE_PARKING; spin++) {
        if (helpers.get() == CLOSED) {
          return;
        }
        Thread.onSpinWait();
      }
      caller = Thread.currentThread();
      while (helpers.get() != CLOSED) {
        LockSupport.park(this);
      }
    }
  }

  private final class Worker {
    private final Thread thread;
    private volatile boolean parked;

    Worker(int index) {
      thread = Thread.ofPlatform().daemon().name("longhaul-kernel-" + index).unstarted(this::loop);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(thread);
      }
    }

    private void loop() {
      try (Scratch scratch = new Scratch()) {
        Loop seen = null;
        while (!closed) {
          Loop loop = await(seen);
          loop.help(scratch);
          seen = loop;
        }
      }
    }

    /** The next loop after {@code seen}; {@code seen} itself when the team is closed. */
    private Loop await(Loop seen) {
      for (int spin = 0; spin < SPINS_BEFORE_PARKING; spin++) {
        if (current != seen) {
          return current;
        }
        Thread.onSpinWait();
      }
      parked = true;
      while (current == seen && !closed) {
        LockSupport.park(KernelTeam.this);
      }
      parked = false;
      return current;
    }
  }
}
